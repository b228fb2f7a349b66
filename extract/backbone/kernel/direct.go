package kernel

import "fmt"

// Conv is the geometry of a convolution and the clamp that ends it:
//
//	out = min(max(Σ in·weight + bias + residual, Lo), Hi)
//
// Lo and Hi are ∓∞ for no activation, 0 and +∞ for ReLU. F, if not nil, is applied to the
// result of that, for an activation that is no clamp.
type Conv struct {
	InC, OutC, Groups    int
	KH, KW               int
	StrideH, StrideW     int
	DilationH, DilationW int
	PadTop, PadLeft      int
	Lo, Hi               float32
	F                    Function
}

// Direct is a convolution by its definition, of any shape: an implicit matrix product
// whose left side is gathered from the activations through offsets, or packed first if
// there are many outputs (matrix.go). It is immutable.
//
// # Numerics
//
// Every output is one chain of fused multiply-adds in float32 that starts at +0
// and takes the inputs in this order: 16-channel block (outermost), ky, kx,
// channel (innermost). Then the bias is added, then the residual, and the result is
// clamped; a NaN stays a NaN. Then F is applied. With more than 32 input channels whose
// number is not a multiple of 8, the sum runs over whole blocks of 16 channels, and the
// last block's missing channels take part as zeros. In a grouped convolution, an output's chain runs
// over the inputs of all groups that its block of 16 outputs touches, with zero weights
// for the other groups. So all 16 outputs of a block have the same inputs and form one
// vector. Depthwise convolutions, and those whose groups have 4 or 8 inputs and as many
// outputs, leave out the products with such zeros: each output of a block takes its own
// group's inputs from the block's vector of inputs. For finite activations the result is
// the same.
type Direct struct {
	conv         Conv
	in, out, res Layout // res is zero where there is no residual
	panels       []panel
	bias         []float32 // [16·Blocks(OutC)]
	packed       int       // number of weights in all panels
	matrix       *matrix   // how it is cut if its inputs are packed, else nil
	run          int       // adjacent pixels that are computed together, see depthwise.go
}

// A panel is one or two adjacent blocks of output channels that sum over the same
// inputs.
type panel struct {
	block   int       // the first of its output blocks
	blocks  int       // 1 or 2
	taps    []int32   // offsets from an output pixel's first input, in summing order
	weights []float32 // [len(taps)][width][blocks·16], or [blocks][len(taps)][width][16] in a matrix
	width   int       // channels that an output takes at each tap: 16, 8 or 1, or group
	group   int       // channels of a group that takes its own of a vector's inputs; 0 if all take the same
}

// NewDirect packs weight [OutC, InC/Groups, KH, KW] and bias [OutC] for activations in
// the layouts in and out, and a residual in the layout res (the zero Layout for none). The
// border of in must hold the padding.
func NewDirect(c Conv, weight, bias []float32, in, out, res Layout) *Direct {
	d := &Direct{conv: c, in: in, out: out, res: res, run: runOf(c, out, res)}
	d.bias = make([]float32, Blocks(c.OutC)*Lanes)
	copy(d.bias, bias)
	d.check(weight)
	d.matrix = d.newMatrix()
	d.plan()
	// One piece of memory, so that it may lie on large pages.
	all := Alloc(d.packed)
	for i := range d.panels {
		p := &d.panels[i]
		n := len(p.taps) * p.width * p.blocks * Lanes
		p.weights, all = all[:n:n], all[n:]
		d.pack(*p, weight)
	}
	return d
}

// plan makes the panels, without weights.
func (d *Direct) plan() {
	c := d.conv
	shared := map[[2]int][]int32{} // taps by channel range
	for b := 0; b < Blocks(c.OutC); {
		p := panel{block: b, blocks: 1, group: c.ownInputs()}
		first, last := d.inputs(b)
		if b+1 < Blocks(c.OutC) {
			if f, l := d.inputs(b + 1); f == first && l == last && (c.Groups == 1 || c.OutC/c.Groups >= 2*Lanes) {
				p.blocks = 2
			}
		}
		p.width = d.width(first, last)
		key := [2]int{first, last}
		if shared[key] == nil {
			shared[key] = d.taps(first, last, p.width)
			if d.matrix != nil && d.matrix.single {
				shared[key] = wholeTaps(shared[key])
			}
		}
		p.taps = shared[key]
		d.panels = append(d.panels, p)
		d.packed += len(p.taps) * p.width * p.blocks * Lanes
		b += p.blocks
	}
}

// check panics if the plan is wrong, which only a bug can cause.
func (d *Direct) check(weight []float32) {
	c := d.conv
	bottom := (d.out.H-1)*c.StrideH + (c.KH-1)*c.DilationH - c.PadTop
	right := (d.out.W-1)*c.StrideW + (c.KW-1)*c.DilationW - c.PadLeft
	switch {
	case len(weight) != c.OutC*c.InC/c.Groups*c.KH*c.KW:
		panic(fmt.Sprintf("kernel: %d weights for %+v", len(weight), c))
	case d.in.C != c.InC || d.out.C != c.OutC:
		panic(fmt.Sprintf("kernel: layouts of %d and %d channels for %+v", d.in.C, d.out.C, c))
	case d.in.Planar && c.Groups > 1:
		panic(fmt.Sprintf("kernel: planar input for %+v", c))
	case c.PadTop > d.in.Top || c.PadLeft > d.in.Left || bottom >= d.in.Rows-d.in.Top || right >= d.in.Cols-d.in.Left:
		panic(fmt.Sprintf("kernel: border of %+v too small for %+v", d.in, c))
	}
}

// inputs is the range of input channels that the outputs of a block sum over.
func (d *Direct) inputs(block int) (first, last int) {
	c := d.conv
	ipg, opg := c.InC/c.Groups, c.OutC/c.Groups
	end := min((block+1)*Lanes, c.OutC)
	return block * Lanes / opg * ipg, ((end-1)/opg + 1) * ipg
}

// ownInputs is the number of channels of a group if a block of outputs consists of
// whole groups, takes its inputs from the same channels, and there are kernels for it;
// else 0.
func (c *Conv) ownInputs() int {
	g := c.InC / c.Groups
	if c.Groups > 1 && g == c.OutC/c.Groups && (g == 1 || g == 4 || g == 8) {
		return g
	}
	return 0
}

// width is the number of channels to read at each tap for a sum over the input channels
// first, …, last−1.
func (d *Direct) width(first, last int) int {
	switch own := d.conv.ownInputs(); {
	case own > 0:
		return own
	case d.in.Planar:
		return 1
	}
	for _, width := range []int{Lanes, Lanes / 2} {
		if first%width == 0 && last%width == 0 {
			return width
		}
	}
	if d.conv.Groups == 1 && last > 2*Lanes {
		return Lanes
	}
	return 1
}

// taps lists the offsets that a chain visits, in its order.
func (d *Direct) taps(first, last, width int) []int32 {
	c, own := d.conv, d.conv.ownInputs()
	var taps []int32
	for cb := first / Lanes; cb*Lanes < last; cb++ {
		for ky := range c.KH {
			for kx := range c.KW {
				at := ky*c.DilationH*d.in.RowStride() + kx*c.DilationW*d.in.lanes()
				if d.in.Planar {
					for ch := max(first, cb*Lanes); ch < min(last, (cb+1)*Lanes); ch++ {
						taps = append(taps, int32(at+ch*d.in.BlockStride()))
					}
					continue
				}
				at += cb * d.in.BlockStride()
				if width == Lanes || own > 0 {
					taps = append(taps, int32(at))
					continue
				}
				for ch := max(first, cb*Lanes); ch < min(last, (cb+1)*Lanes); ch += width {
					taps = append(taps, int32(at+ch%Lanes))
				}
			}
		}
	}
	return taps
}

// weightSteps are the distances between the weights of a panel's successive inputs, and
// those of its blocks.
func (d *Direct) weightSteps(p panel) (input, block int) {
	if d.matrix != nil {
		return Lanes, len(p.taps) * p.width * Lanes
	}
	return p.blocks * Lanes, Lanes
}

// pack writes the weights of a panel in the order of its taps.
func (d *Direct) pack(p panel, weight []float32) {
	c := d.conv
	first, last := d.inputs(p.block)
	ipg, opg, k := c.InC/c.Groups, c.OutC/c.Groups, c.KH*c.KW
	lanes, block := d.weightSteps(p)
	for lane := range min(p.blocks*Lanes, c.OutC-p.block*Lanes) {
		o := p.block*Lanes + lane
		group := o / opg
		row := weight[o*ipg*k : (o+1)*ipg*k]
		at := lane/Lanes*block + lane%Lanes
		if p.group > 0 {
			for kk := range k {
				for i := range ipg {
					p.weights[at] = row[i*k+kk]
					at += lanes
				}
			}
			continue
		}
		for cb := first / Lanes; cb*Lanes < last; cb++ {
			lo, hi := max(first, cb*Lanes), min(last, (cb+1)*Lanes)
			for kk := range k {
				for ch := lo; ch < hi; ch++ {
					if i := ch - group*ipg; i >= 0 && i < ipg {
						p.weights[at] = row[i*k+kk]
					}
					at += lanes
				}
				if p.width == Lanes {
					at += (Lanes - (hi - lo)) * lanes
				}
			}
		}
	}
}

// Bytes is the size of the packed weights.
func (d *Direct) Bytes() int { return 4 * d.packed }
