package kernel

import (
	"math"

	"featurecache/simd"
)

// A Combination is what a [Combine] makes of two numbers.
type Combination uint8

// The combinations. Minimum and Maximum of NaN and a number are NaN.
const (
	Plus    Combination = iota // a + b
	Minus                      // a − b
	Times                      // a·b
	Over                       // a/b
	Minimum                    // min(a, b)
	Maximum                    // max(a, b)
)

// Combine computes out = a op b, element by element. Each operand has the result's shape, or
// is read through moves into the layout of the result. It is immutable.
type Combine struct {
	A, B, Out      Layout
	AMoves, BMoves *Moves // nil for an operand that is read as it is
	Op             Combination
}

// Work is the number of floats that Run needs to work in.
func (c *Combine) Work() int {
	if c.AMoves != nil && c.BMoves != nil {
		return c.Out.BlockStride()
	}
	return 0
}

// Run computes the share s of the channels of one image. dst must share no memory with a
// or b. work has at least Work floats.
func (c *Combine) Run(level simd.Level, dst, a, b, work []float32, s Share) {
	from, to := s.Of(Blocks(c.Out.C))
	for cb := from; cb < to; cb++ {
		start := cb * c.Out.BlockStride()
		// One operand that is moved is moved to its result's place.
		if c.AMoves != nil {
			c.AMoves.blocks(dst, a, cb, cb+1, 0)
		}
		if c.BMoves != nil {
			if c.AMoves == nil {
				c.BMoves.blocks(dst, b, cb, cb+1, 0)
			} else {
				c.BMoves.blocks(work, b, cb, cb+1, start)
			}
		}
		missing := max(0, (cb+1)*Lanes-c.Out.C)
		for y := range c.Out.H {
			n, at := c.Out.W*Lanes, c.Out.Offset(cb, y, 0)
			out := dst[at:][:n]
			x, z := out, out
			if c.AMoves == nil {
				x = a[c.A.Offset(cb, y, 0):][:n]
			}
			switch {
			case c.BMoves == nil:
				z = b[c.B.Offset(cb, y, 0):][:n]
			case c.AMoves != nil:
				z = work[at-start:][:n]
			}
			combineRow(level, c.Op, out, x, z)
			clearMissing(out, missing)
		}
	}
}

func combineRow(level simd.Level, op Combination, out, a, b []float32) {
	switch op {
	case Plus:
		inf := float32(math.Inf(1))
		addRow(level, out, a, b, -inf, inf)
	case Minus, Times, Over:
		arithmeticRow(level, op, out, a, b)
	case Minimum:
		for i, x := range a {
			out[i] = min(x, b[i])
		}
	case Maximum:
		for i, x := range a {
			out[i] = max(x, b[i])
		}
	}
}

// arithmeticRowGeneric defines what the assembly computes.
func arithmeticRowGeneric(op Combination, out, a, b []float32) {
	switch op {
	case Minus:
		for i, x := range a {
			out[i] = x - b[i]
		}
	case Times:
		for i, x := range a {
			out[i] = x * b[i]
		}
	default:
		for i, x := range a {
			out[i] = x / b[i]
		}
	}
}
