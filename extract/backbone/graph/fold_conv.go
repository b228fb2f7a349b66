package graph

// foldConv convolves a constant image, such as a table of positions.
func foldConv(f *folding, _ *tensor) ([]*tensor, error) {
	x, weight, err := f.twoFloats()
	if err != nil {
		return nil, err
	}
	if len(x.dims) != 4 || len(weight.dims) != 4 || x.len() == 0 || weight.len() == 0 {
		return nil, cannotFold("it convolves a constant of the shape %v with weights of %v", x.dims, weight.dims)
	}
	s := Shape{int(x.dims[1]), int(x.dims[2]), int(x.dims[3])}
	win := f.window(int(weight.dims[2]), int(weight.dims[3]))
	groups := int(f.attrs.integer("group", 1))
	if f.attrs.err != nil {
		return nil, f.attrs.err
	}
	outC, inC := int(weight.dims[0]), int(weight.dims[1])
	if groups < 1 || groups > s.C || inC*groups != s.C || outC%groups != 0 || win.kh != int(weight.dims[2]) || win.kw != int(weight.dims[3]) {
		return nil, invalid("its weight of the shape %v and %d groups don't fit its input of %v: export the model again", weight.dims, groups, x.dims)
	}
	h, w, err := win.place(s, Pads{})
	if err != nil {
		return nil, err
	}
	out, err := f.made(x.typ, []int64{x.dims[0], int64(outC), int64(h), int64(w)})
	if err != nil {
		return nil, err
	}
	products, ok := count([]int64{int64(len(out.reals)), weight.dims[1], weight.dims[2], weight.dims[3]})
	if !ok {
		return nil, cannotFold("it convolves a constant of the shape %v with weights of %v", x.dims, weight.dims)
	}
	if err := f.spend([]int64{products / 4}); err != nil {
		return nil, err
	}
	var bias []float32
	if len(f.in) > 2 && f.in[2] != nil {
		if bias = f.in[2].reals; len(bias) != outC {
			return nil, invalid("its bias has the shape %v, not one number for each of %d channels: export the model again", f.in[2].dims, outC)
		}
	}
	for i := range out.reals {
		px, py, m, image := i%w, i/w%h, i/w/h%outC, i/w/h/outC
		sum := 0.0
		if bias != nil {
			sum = float64(bias[m])
		}
		for c := range inC {
			plane := x.reals[(image*s.C+m/(outC/groups)*inC+c)*s.H*s.W:]
			kernel := weight.reals[(m*inC+c)*win.kh*win.kw:]
			for ky := range win.kh {
				row := py*win.sh - win.pad.Top + ky*win.dh
				if row < 0 || row >= s.H {
					continue
				}
				for kx := range win.kw {
					if column := px*win.sw - win.pad.Left + kx*win.dw; column >= 0 && column < s.W {
						sum += float64(float64(plane[row*s.W+column]) * float64(kernel[ky*win.kw+kx]))
					}
				}
			}
		}
		out.reals[i] = float32(sum)
	}
	return []*tensor{out}, nil
}
