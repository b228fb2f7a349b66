package kernel

import (
	"math"

	"featurecache/simd"
)

// The layers of this file are for what no faster layer was found. They are in plain Go, the
// same for all levels.

// Reduction says what a [Reduce] makes of its numbers.
type Reduction uint8

// The reductions. Sums run over 16 lanes of channels, each in order, and then over the
// lanes in a fixed tree, see sumLanes.
const (
	Sum Reduction = iota
	Mean
	Largest
	Smallest
	SumSquares
	Length // √Σx²
	SumAbs
)

// Reduce makes one number of the channels of each pixel.
type Reduce struct {
	In, Out Layout // Out has one channel
	Op      Reduction
}

// Run computes the share s of the rows of one image.
func (r *Reduce) Run(dst, src []float32, s Share) {
	from, to := s.Of(r.In.H)
	for y := from; y < to; y++ {
		for x := range r.In.W {
			dst[r.Out.Offset(0, y, x)] = r.pixel(src[r.In.Offset(0, y, x):])
		}
	}
}

func (r *Reduce) pixel(src []float32) float32 {
	var acc [Lanes]float32
	if r.Op == Largest || r.Op == Smallest {
		return r.extreme(src)
	}
	for cb := range Blocks(r.In.C) {
		in := src[cb*r.In.BlockStride():][:Lanes]
		for l, x := range in { // beyond the channels are zeros
			switch r.Op {
			case SumSquares, Length:
				acc[l] = FMA(x, x, acc[l])
			case SumAbs:
				acc[l] += float32(math.Abs(float64(x)))
			default:
				acc[l] += x
			}
		}
	}
	sum := sumLanes(&acc)
	switch r.Op {
	case Mean:
		return sum / float32(r.In.C)
	case Length:
		return float32(math.Sqrt(float64(sum)))
	}
	return sum
}

func (r *Reduce) extreme(src []float32) float32 {
	best := src[0]
	for c := range r.In.C {
		x := src[c/Lanes*r.In.BlockStride()+c%Lanes]
		if x != x || r.Op == Largest && x > best || r.Op == Smallest && x < best {
			best = x
		}
	}
	return best
}

// sumLanes adds lanes l and l+8, then l and l+4, and so on.
func sumLanes(v *[Lanes]float32) float32 {
	for half := Lanes / 2; half > 0; half /= 2 {
		for l := range half {
			v[l] += v[l+half]
		}
	}
	return v[0]
}

// Softmax is e^x divided by its sum, over the channels of each pixel.
type Softmax struct{ In, Out Layout }

// Run computes the share s of the rows of one image. dst may be src if their layouts are
// the same.
func (m *Softmax) Run(dst, src []float32, s Share) {
	from, to := s.Of(m.In.H)
	top := Reduce{In: m.In, Op: Largest}
	for y := from; y < to; y++ {
		for x := range m.In.W {
			in, out := src[m.In.Offset(0, y, x):], dst[m.Out.Offset(0, y, x):]
			max := top.extreme(in)
			var acc [Lanes]float32
			for c := range m.In.C {
				e := expBelow(max - in[c/Lanes*m.In.BlockStride()+c%Lanes])
				out[c/Lanes*m.Out.BlockStride()+c%Lanes] = e
				acc[c%Lanes] += e
			}
			sum := sumLanes(&acc)
			for c := range m.In.C {
				out[c/Lanes*m.Out.BlockStride()+c%Lanes] /= sum
			}
		}
	}
}

// expBelow is e^−x for x of 0 and more: 0 where that is less than 2^−125.
func expBelow(x float32) float32 {
	if x > expLimit {
		return 0
	}
	return expNeg(x)
}

// Operation says what a [Combine] does.
type Operation uint8

// The operations.
const (
	Plus Operation = iota
	Minus
	Times
	Over
	Minimum
	Maximum
)

func (o Operation) of(a, b float32) float32 {
	switch o {
	case Plus:
		return a + b
	case Minus:
		return a - b
	case Times:
		return a * b
	case Over:
		return a / b
	case Minimum:
		if b < a || b != b {
			return b
		}
	case Maximum:
		if b > a || b != b {
			return b
		}
	}
	return a
}

// An Operand is a value in a layout, read in another order: element i of a list is element
// At[i] of [C,H,W], row-major; nil means its own order.
type Operand struct {
	Layout Layout
	At     []int32
}

// Combine is A op B, element by element. It is immutable.
type Combine struct {
	op        Operation
	a, b, out Layout
	aAt, bAt  []int32 // for each element of out [blocks][rows][cols][16], where it reads; nil: there
}

// NewCombine makes the layer for operands with as many elements as out.
func NewCombine(op Operation, a, b Operand, out Layout) *Combine {
	return &Combine{op: op, a: a.Layout, b: b.Layout, out: out, aAt: a.places(out), bAt: b.places(out)}
}

// places lists where an operand lies for the elements of out, [Blocks(C)][H][W][16]; what is
// beyond the channels reads anything.
func (o Operand) places(out Layout) []int32 {
	if o.At == nil && o.Layout.C == out.C && o.Layout.H == out.H && o.Layout.W == out.W && !o.Layout.Planar {
		return nil
	}
	src := offsets(o.Layout)
	plane := out.H * out.W
	list := make([]int32, Blocks(out.C)*plane*Lanes)
	for c := range out.C {
		for p := range plane {
			at := int32(c*plane + p)
			if o.At != nil {
				at = o.At[at]
			}
			list[(c/Lanes*plane+p)*Lanes+c%Lanes] = src(at)
		}
	}
	return list
}

// Run computes the share s of the channels of one image. dst must share no memory with what
// it reads in another order.
func (c *Combine) Run(level simd.Level, dst, a, b []float32, s Share) {
	from, to := s.Of(Blocks(c.out.C))
	n := c.out.W * Lanes
	for cb := from; cb < to; cb++ {
		channels := min(Lanes, c.out.C-cb*Lanes)
		for y := range c.out.H {
			out := dst[c.out.Offset(cb, y, 0):][:n]
			at := (cb*c.out.H + y) * n
			c.row(level, out, c.a.row(a, cb, y, c.aAt), c.b.row(b, cb, y, c.bAt), part(c.aAt, at, n), part(c.bAt, at, n))
			for i := channels; channels < Lanes && i < n; i += Lanes {
				clear(out[i:][:Lanes-channels])
			}
		}
	}
}

// row is where a row lies, or all of the value if it is read in another order.
func (l Layout) row(v []float32, cb, y int, at []int32) []float32 {
	if at != nil {
		return v
	}
	return v[l.Offset(cb, y, 0):][:l.W*Lanes]
}

func part(list []int32, at, n int) []int32 {
	if list == nil {
		return nil
	}
	return list[at:][:n]
}

func (c *Combine) row(level simd.Level, out, a, b []float32, aAt, bAt []int32) {
	inf := float32(math.Inf(1))
	switch {
	case aAt == nil && bAt == nil && c.op == Plus:
		addRow(level, out, a, b, -inf, inf)
	case aAt == nil && bAt == nil && c.op == Times:
		for i := range out {
			out[i] = a[i] * b[i]
		}
	case aAt == nil && bAt == nil:
		for i := range out {
			out[i] = c.op.of(a[i], b[i])
		}
	case aAt == nil && c.op == Times:
		for i, at := range bAt {
			out[i] = a[i] * b[at]
		}
	case aAt == nil:
		for i, at := range bAt {
			out[i] = c.op.of(a[i], b[at])
		}
	case bAt == nil:
		for i, at := range aAt {
			out[i] = c.op.of(a[at], b[i])
		}
	default:
		for i := range out {
			out[i] = c.op.of(a[aAt[i]], b[bAt[i]])
		}
	}
}
