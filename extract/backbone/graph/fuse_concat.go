package graph

import "slices"

// sideBySide merges convolutions that read the same value in the same way and whose
// results are adjacent in a concatenation and read nowhere else. torchvision's GoogLeNet
// and Inception v3 split the image into channels and join them again.
func sideBySide(layers []Layer, uses map[*Value]int) []Layer {
	maker := make(map[*Value]*Conv)
	gone := make(map[Layer]bool)
	for i, l := range layers {
		switch l := l.(type) {
		case *Conv:
			maker[l.Out] = l
		case *Concat:
			if c := joinedConv(l, maker, uses); c != nil {
				for _, v := range l.In {
					gone[maker[v]] = true
				}
				layers[i], maker[c.Out] = c, c
			}
		}
	}
	return slices.DeleteFunc(layers, func(l Layer) bool { return gone[l] })
}

// joinedConv is the convolution that makes all of l; nil if there is none.
func joinedConv(l *Concat, maker map[*Value]*Conv, uses map[*Value]int) *Conv {
	first := maker[l.In[0]]
	var convs []*Conv
	for _, v := range l.In {
		c := maker[v]
		convs = append(convs, c)
		if c == nil || uses[v] != 1 || c.Residual != nil || c.Groups != 1 || !sameWindow(c, first) {
			return nil
		}
	}
	return oneConv(convs, l.Out)
}

// oneConv makes all that convolutions make which differ only in their weights, one after
// the other.
func oneConv(convs []*Conv, out *Value) *Conv {
	joined := *convs[0]
	joined.Out, joined.Weight, joined.Bias = out, nil, nil
	for _, c := range convs {
		joined.Weight = append(joined.Weight, c.Weight...)
		joined.Bias = append(joined.Bias, c.Bias...)
	}
	return &joined
}

// sameWindow reports whether two convolutions differ only in their weights.
func sameWindow(a, b *Conv) bool {
	return a.In == b.In && a.KH == b.KH && a.KW == b.KW && a.StrideH == b.StrideH && a.StrideW == b.StrideW &&
		a.DilationH == b.DilationH && a.DilationW == b.DilationW && a.Groups == b.Groups && a.Pad == b.Pad && a.Act == b.Act
}
