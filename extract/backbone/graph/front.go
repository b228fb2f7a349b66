package graph

// Front is what a network does to its image before anything else: each channel is scaled
// and shifted by constants, y[c] = x[From[c]]·Scale[c] + Shift[c]. Such a network
// normalises its own input.
type Front struct {
	From         [3]int // the channel of the image; another order than 0, 1, 2 swaps colours
	Scale, Shift [3]float64
}

// Front returns what the network does to its image first. It reports false if the image
// has other than 3 channels, or if a layer of another kind reads it unchanged.
func (g *Graph) Front() (Front, bool) {
	f := Front{From: [3]int{0, 1, 2}, Scale: [3]float64{1, 1, 1}}
	if g.Input.Shape.C != 3 {
		return f, false
	}
	found := false
	for v := g.Input; v != g.Features; found = true {
		l := g.onlyReader(v)
		if l == nil || !f.follow(l) {
			break
		}
		v = l.Output()
	}
	return f, found && f.permutes()
}

// onlyReader is the layer that reads v; nil if there are several or none.
func (g *Graph) onlyReader(v *Value) Layer {
	var reader Layer
	for _, l := range g.Layers {
		for _, in := range l.Inputs() {
			if in != v {
				continue
			}
			if reader != nil {
				return nil
			}
			reader = l
		}
	}
	return reader
}

// follow adds the layer to the front. It reports false, and changes nothing, if the layer
// does more than to scale, shift and reorder channels.
func (f *Front) follow(l Layer) bool {
	switch l := l.(type) {
	case *Affine:
		if l.Act.Kind != None {
			return false
		}
		for c := range 3 {
			f.Scale[c] *= float64(l.Scale[c])
			f.Shift[c] = f.Shift[c]*float64(l.Scale[c]) + float64(l.Shift[c])
		}
		return true
	case *Conv:
		return f.followConv(l)
	}
	return false
}

// followConv follows a 1×1 convolution with one weight in each row, as torchvision's
// transform_input becomes one.
func (f *Front) followConv(l *Conv) bool {
	if l.KH*l.KW*l.StrideH*l.StrideW != 1 || l.Groups != 1 || l.Out.Shape.C != 3 || l.Pad != (Pads{}) ||
		l.Residual != nil || l.Act.Kind != None {
		return false
	}
	var next Front
	for c := range 3 {
		from, weights := 0, 0
		for k, w := range l.Weight[3*c : 3*c+3] {
			if w != 0 {
				from = k
				weights++
			}
		}
		if weights != 1 {
			return false
		}
		w := float64(l.Weight[3*c+from])
		next.From[c], next.Scale[c] = f.From[from], f.Scale[from]*w
		next.Shift[c] = f.Shift[from]*w + float64(l.Bias[c])
	}
	*f = next
	return true
}

// permutes reports whether each channel of the image is used once.
func (f *Front) permutes() bool {
	var used [3]bool
	for c, from := range f.From {
		if used[from] || f.Scale[c] == 0 {
			return false
		}
		used[from] = true
	}
	return true
}
