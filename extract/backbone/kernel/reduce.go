package kernel

import "math"

// runLen is the number of adjacent pixels whose channels are summed side by side.
const runLen = 32

// runs calls f for the share s of the pixels of an image, for at most runLen adjacent
// ones of a row at a time: n from (y, x) on.
func (l Layout) runs(s Share, f func(y, x, n int)) {
	for p, to := s.Of(l.H * l.W); p < to; {
		x := p % l.W
		n := min(runLen, l.W-x, to-p)
		f(p/l.W, x, n)
		p += n
	}
}

// A sum over the channels of a pixel has 16 lanes: lane l adds the channels l, l+16, … in
// order, from +0. Then the lanes are added: l and l+8, l and l+4, l and l+2, and the last
// two. Other reductions go the same way.
type lanes [Lanes]float32

func (v *lanes) fold(f func(a, b float32) float32) float32 {
	for n := Lanes / 2; n > 0; n /= 2 {
		for l := range n {
			v[l] = f(v[l], v[l+n])
		}
	}
	return v[0]
}

func (v *lanes) sum() float32 {
	for n := Lanes / 2; n > 0; n /= 2 {
		for l := range n {
			v[l] += v[l+n]
		}
	}
	return v[0]
}

// A Reduction is what a [Reduce] makes of the channels of a pixel.
type Reduction uint8

// The reductions. That of channels with a NaN is NaN.
const (
	Sum        Reduction = iota
	Mean                 // Σx / n
	Largest              // max x
	Smallest             // min x
	SumSquares           // Σx²
	Length               // √Σx²
	SumAbs               // Σ|x|
)

// Reduce makes one number of the channels of each pixel. Few networks have the layer, so it
// is in plain Go only.
type Reduce struct {
	In, Out Layout // Out has one channel
	Op      Reduction
}

// Run computes the share s of the pixels of one image. dst must share no memory with src.
func (r *Reduce) Run(dst, src []float32, s Share) {
	r.In.runs(s, func(y, x, n int) {
		var sums [runLen]lanes
		r.gather(&sums, src, y, x, n)
		for i := range n {
			out := dst[r.Out.Offset(0, y, x+i):][:Lanes]
			clear(out)
			out[0] = r.end(&sums[i])
		}
	})
}

// gather reduces the channels of n pixels to 16 lanes each.
func (r *Reduce) gather(sums *[runLen]lanes, src []float32, y, x, n int) {
	start := float32(0)
	switch r.Op {
	case Largest:
		start = float32(math.Inf(-1))
	case Smallest:
		start = float32(math.Inf(1))
	}
	for i := range n {
		for l := range sums[i] {
			sums[i][l] = start
		}
	}
	for cb := range Blocks(r.In.C) {
		have := min(Lanes, r.In.C-cb*Lanes)
		in := src[r.In.Offset(cb, y, x):][:n*Lanes]
		for i := range n {
			v, sum := in[i*Lanes:][:Lanes][:have], &sums[i]
			switch r.Op {
			case Sum, Mean:
				for l, x := range v {
					sum[l] += x
				}
			case Largest:
				for l, x := range v {
					sum[l] = max(sum[l], x)
				}
			case Smallest:
				for l, x := range v {
					sum[l] = min(sum[l], x)
				}
			case SumAbs:
				for l, x := range v {
					sum[l] += max(x, -x)
				}
			default:
				for l, x := range v {
					sum[l] += float32(x * x)
				}
			}
		}
	}
}

// end makes one number of 16 lanes.
func (r *Reduce) end(v *lanes) float32 {
	switch r.Op {
	case Mean:
		return v.sum() / float32(r.In.C)
	case Largest:
		return v.fold(func(a, b float32) float32 { return max(a, b) })
	case Smallest:
		return v.fold(func(a, b float32) float32 { return min(a, b) })
	case Length:
		return float32(math.Sqrt(float64(v.sum())))
	}
	return v.sum()
}
