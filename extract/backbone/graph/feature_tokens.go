package graph

import (
	"fmt"
	"slices"
	"strings"
)

// A tokenChoice makes one vector of a tensor of tokens [N,T,D]. In a feature's name it
// follows the tensor's in brackets.
type tokenChoice string

// The choices.
const (
	allTokens  tokenChoice = ""     // all of them, one after another
	classToken tokenChoice = "cls"  // the first
	meanToken  tokenChoice = "mean" // the mean of all
)

// suffix is how a feature's name ends.
func (c tokenChoice) suffix() string {
	if c == allTokens {
		return ""
	}
	return "[" + string(c) + "]"
}

// cutTokenChoice takes "NAME[cls]" apart, if no tensor has that whole name.
func (net *network) cutTokenChoice(named string) (string, tokenChoice) {
	if net.producer[named] != nil {
		return named, allTokens
	}
	for _, c := range []tokenChoice{classToken, meanToken} {
		if name, ok := strings.CutSuffix(named, c.suffix()); ok {
			return name, c
		}
	}
	return named, allTokens
}

// lastHidden is what transformers' models call their last tokens, which may be the pixels of
// an image.
const lastHidden = "last_hidden_state"

// pooledOutput is the output that transformers' models have for what this program wants; ""
// if there is none.
func (net *network) pooledOutput() string {
	for _, name := range []string{"image_embeds", "pooler_output"} {
		for _, t := range net.outputs {
			if t.Name == name && net.producer[name] != nil {
				return name
			}
		}
	}
	return ""
}

// summarise makes the features of the chosen tensor: one token, if it is asked for or if
// nobody asked for more.
func (l *lowering) summarise(chosen *choice, out operand, byDefault bool) (operand, error) {
	n := l.producer[chosen.tensor]
	tokens := len(out.dims) == 3 && out.dims[1] > 1
	if chosen.tokens == allTokens && byDefault && tokens {
		chosen.tokens = meanToken
		reason := "it has no class token, so the mean of its tokens is taken"
		switch {
		case chosen.logits != "" && l.readsFirst(chosen.logits, out.dims):
			chosen.tokens = classToken
			reason = "its first token is taken, as the model takes that of the scores"
		case l.startsWithClassToken(out):
			chosen.tokens = classToken
			reason = "its class token is taken"
		}
		chosen.why += fmt.Sprintf(" (%s)", reason)
	}
	if byDefault && len(out.dims) == 4 && chosen.tensor == lastHidden {
		chosen.tokens = meanToken
		chosen.why += " (the mean of its pixels)"
	}
	if chosen.tokens == allTokens && out.view == nil && out.pad == (Pads{}) {
		return out, nil
	}
	if chosen.tokens == allTokens {
		return l.natural(n, out)
	}
	if len(out.dims) < 3 {
		return operand{}, unsupported("the feature %q has the shape %v, and %s wants tokens [N,T,D]: leave %s out", chosen.tensor, out.dims, chosen.tokens.suffix(), chosen.tokens.suffix())
	}
	x, err := l.one(out)
	if err != nil {
		return operand{}, err
	}
	switch {
	case chosen.tokens == classToken && len(x.dims) != 3:
		return operand{}, unsupported("the feature %q has the shape %v, and %s wants tokens [N,T,D]: take %s", chosen.tensor, out.dims, classToken.suffix(), meanToken.suffix())
	case chosen.tokens == classToken:
		x, err = l.picked(x, 1, []int{0})
	case len(x.dims) == 3:
		chosen.meanAxes = []int64{1}
		x, err = l.reduced(n, x, []int{1}, Mean)
	case len(x.dims) != 4:
		return operand{}, unsupported("the feature %q has the shape %v, and %s wants tokens [N,T,D] or an image [N,C,H,W]: leave it out", chosen.tensor, out.dims, meanToken.suffix())
	default: // an image [N,C,H,W]
		chosen.meanAxes = []int64{2, 3}
		x, err = l.reduced(n, x, []int{2, 3}, Mean)
	}
	if err != nil {
		return operand{}, err
	}
	size, _ := count(x.dims)
	if x, err = l.reshaped(x, []int64{1, size}); err != nil {
		return operand{}, err
	}
	if x, err = l.inOrder(n, x); err != nil {
		return operand{}, err
	}
	x.val.Name = chosen.tensor + chosen.tokens.suffix()
	return l.all(x), nil
}

// readsFirst reports whether the first token is all that is read of a tensor [N,T,...]. Old
// exporters write the : of x[:, 0] as a Slice of its own.
func (l *lowering) readsFirst(tensor string, dims []int64) bool {
	found := false
	for _, n := range l.nodes {
		if !slices.Contains(n.in, tensor) {
			continue
		}
		found = true
		tokens := l.cutTokens(n, dims)
		switch {
		case len(tokens) == 1 && tokens[0] == 0:
		case n.op == "Slice" && tokens == nil && l.readsFirst(n.out[0], dims):
		default:
			return false
		}
	}
	return found
}

// cutTokens lists the tokens that a Slice or Gather takes of a tensor of that shape; nil if
// it takes all, or is another operator.
func (l *lowering) cutTokens(n *node, dims []int64) []int {
	in := make([]operand, len(n.in))
	for i, name := range n.in {
		in[i] = operand{konst: l.tensors[name]}
	}
	switch n.op {
	case "Slice":
		if r, err := sliceRanges(n, in, dims); err == nil {
			return r[1]
		}
	case "Gather":
		axis, err := axisOf(n.attrs.integer("axis", 0), dims)
		if err != nil || axis != 1 || len(in) != 2 || in[1].konst == nil {
			return nil
		}
		if indices, ok := in[1].konst.int64s(); ok && len(indices) == 1 {
			return []int{int(indices[0])}
		}
	}
	return nil
}

// startsWithClassToken reports whether the tokens of x are as many as a layer made by putting
// a constant before others.
func (l *lowering) startsWithClassToken(x operand) bool {
	for _, layer := range l.layers {
		g, ok := layer.(*Gather)
		if !ok || len(g.In) < 2 || int64(g.Out.Shape.H*g.Out.Shape.W) != x.dims[1] {
			continue
		}
		from, at := int(g.From[0]), 0
		i := slices.IndexFunc(g.In, func(v *Value) bool {
			at += v.Shape.Len()
			return from >= 0 && from < at
		})
		if i >= 0 && l.sameForAll(g.In[i]) {
			return true
		}
	}
	return false
}

// sameForAll reports whether a value is the same for every image.
func (l *lowering) sameForAll(v *Value) bool {
	_, ok := l.maker[v].(*Constant)
	return ok
}
