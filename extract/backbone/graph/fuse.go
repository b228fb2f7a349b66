package graph

import "slices"

// fuser goes through the layers in order, and fuses each into the layer that feeds it if
// nothing else needs that layer's result.
type fuser struct {
	out   []Layer       // nil where a layer has moved away
	at    map[Layer]int // index in out
	uses  map[*Value]int
	maker map[*Value]Layer
	folds map[*Conv]*fold
}

// fold is the batch norms and similar layers that a convolution has absorbed, in float64,
// so that weights are rounded once, however many layers there are.
type fold struct{ scale, shift []float64 }

// fuse drops the layers that features don't need and fuses the others.
func fuse(layers []Layer, features *Value) ([]Layer, error) {
	f := &fuser{
		uses:  map[*Value]int{features: 1},
		at:    make(map[Layer]int),
		maker: make(map[*Value]Layer),
		folds: make(map[*Conv]*fold),
	}
	for _, l := range slices.Backward(layers) {
		if f.uses[l.Output()] > 0 {
			for _, v := range l.Inputs() {
				f.uses[v]++
			}
		}
	}
	for _, l := range layers {
		if f.uses[l.Output()] > 0 {
			f.take(l)
		}
	}
	done := make([]Layer, 0, len(f.out))
	for _, l := range f.out {
		switch l := l.(type) {
		case nil:
			continue
		case *Conv:
			if err := f.round(l); err != nil {
				return nil, err
			}
			done = append(done, l)
		case *affine:
			a, err := l.round()
			if err != nil {
				return nil, err
			}
			done = append(done, a)
		case *product:
			done = append(done, l.round())
		default:
			done = append(done, l)
		}
	}
	return sideBySide(done, f.uses), nil
}

func (f *fuser) take(l Layer) {
	switch l := l.(type) {
	case *affine:
		if f.absorbAffine(l) {
			return
		}
	case *Add:
		if f.absorbAdd(l) {
			return
		}
	case *Activate:
		if f.absorbActivation(l) {
			return
		}
	}
	f.append(l)
	f.maker[l.Output()] = l
}

func (f *fuser) append(l Layer) {
	f.at[l] = len(f.out)
	f.out = append(f.out, l)
}

// openConv is the convolution that makes v, if nothing is fused behind it yet and nothing
// else reads v.
func (f *fuser) openConv(v *Value) *Conv {
	c, ok := f.maker[v].(*Conv)
	if !ok || f.uses[v] != 1 || c.Residual != nil || c.Act.Kind != None {
		return nil
	}
	return c
}

// absorbAffine multiplies a convolution's weights by scale and adds shift to
// its bias, or joins two affine layers.
func (f *fuser) absorbAffine(l *affine) bool {
	if c := f.openConv(l.In); c != nil {
		fo := f.folds[c]
		if fo == nil {
			fo = &fold{scale: make([]float64, len(c.Bias)), shift: make([]float64, len(c.Bias))}
			for i := range fo.scale {
				fo.scale[i] = 1
			}
			f.folds[c] = fo
		}
		compose(fo.scale, fo.shift, l)
		f.rename(c, &c.Out, l.Out)
		return true
	}
	if a, ok := f.maker[l.In].(*affine); ok && f.uses[l.In] == 1 && a.act.Kind == None {
		compose(a.scale, a.shift, l)
		f.rename(a, &a.Out, l.Out)
		return true
	}
	if m, ok := f.maker[l.In].(*Norm); ok && f.uses[l.In] == 1 {
		return f.absorbInNorm(m, l)
	}
	return false
}

// absorbInNorm makes an affine layer part of the norm before it.
func (f *fuser) absorbInNorm(m *Norm, l *affine) bool {
	if m.Scale == nil {
		m.Scale, m.Shift = make([]float32, m.In.Shape.C), make([]float32, m.In.Shape.C)
		for c := range m.Scale {
			m.Scale[c] = 1
		}
	}
	for c := range m.Scale {
		m.Scale[c] = float32(float64(m.Scale[c]) * l.scale[c])
		m.Shift[c] = float32(float64(float64(m.Shift[c])*l.scale[c]) + l.shift[c])
	}
	f.rename(m, &m.Out, l.Out)
	return true
}

// compose puts l after x·scale + shift.
func compose(scale, shift []float64, l *affine) {
	for i := range scale {
		scale[i] *= l.scale[i]
		shift[i] = float64(shift[i]*l.scale[i]) + l.shift[i]
	}
}

// absorbAdd fuses a residual addition into the convolution on one of its sides; if both
// sides are convolutions, into the one computed last.
func (f *fuser) absorbAdd(l *Add) bool {
	a, b := f.openConv(l.A), f.openConv(l.B)
	c, residual := a, l.B
	if a == nil || b != nil && f.at[b] > f.at[a] {
		c, residual = b, l.A
	}
	if c == nil {
		return false
	}
	// The other side may be computed after this convolution, which then has to move
	// behind it; nothing else needs this convolution's result.
	if other := f.maker[residual]; other != nil && f.at[other] > f.at[c] {
		f.out[f.at[c]] = nil
		f.append(c)
	}
	c.Residual = residual
	f.rename(c, &c.Out, l.Out)
	return true
}

// absorbActivation applies an activation in the layer that makes its input.
func (f *fuser) absorbActivation(l *Activate) bool {
	if f.uses[l.In] != 1 {
		return false
	}
	switch m := f.maker[l.In].(type) {
	case *Conv:
		return f.applyIn(m, &m.Out, &m.Act, l)
	case *Add:
		return f.applyIn(m, &m.Out, &m.Act, l)
	case *Scale:
		return f.applyIn(m, &m.Out, &m.Act, l)
	case *affine:
		return f.applyIn(m, &m.Out, &m.act, l)
	}
	return false
}

func (f *fuser) applyIn(m Layer, out **Value, act *Activation, l *Activate) bool {
	if act.Kind != None {
		return false
	}
	*act = l.Act
	f.rename(m, out, l.Out)
	return true
}

// rename makes l the maker of v instead of what it made before.
func (f *fuser) rename(l Layer, out **Value, v *Value) {
	delete(f.maker, *out)
	*out = v
	f.maker[v] = l
}

// round applies what the convolution has absorbed. It may change the weights, because each
// layer decodes its own copy.
func (f *fuser) round(c *Conv) error {
	fo := f.folds[c]
	if fo == nil {
		return nil
	}
	row := len(c.Weight) / len(c.Bias)
	for i, s := range fo.scale {
		for j := i * row; j < (i+1)*row; j++ {
			c.Weight[j] = float32(float64(c.Weight[j]) * s)
		}
		c.Bias[i] = float32(float64(float64(c.Bias[i])*s) + fo.shift[i])
	}
	if !isFinite(c.Weight) || !isFinite(c.Bias) {
		return overflow(c.Out)
	}
	return nil
}

func overflow(v *Value) error {
	return invalid("the weights that make %q are beyond float32 with their batch norm: the training diverged or the file is damaged", v.Name)
}

func (l *affine) round() (*Affine, error) {
	a := &Affine{In: l.In, Out: l.Out, Act: l.act, Scale: make([]float32, len(l.scale)), Shift: make([]float32, len(l.shift))}
	for i := range a.Scale {
		a.Scale[i], a.Shift[i] = float32(l.scale[i]), float32(l.shift[i])
	}
	if !isFinite(a.Scale) || !isFinite(a.Shift) {
		return nil, overflow(l.Out)
	}
	return a, nil
}
