package kernel

import (
	"math"

	"featurecache/simd"
)

// A multiplication is a product of two matrices that are both made at run time, by the
// micro-kernels of the direct convolution: the left one is an image of one row, a pixel for
// each row of the matrix, and the right one is packed as weights.
type multiplication struct {
	direct *Direct
	rows   []pixel // as many as a tile has, and the last again
	count  int
}

// newMultiplication plans out = left·right + res for left [rows,depth], as a layout of depth
// channels, and right [depth,cols]. out and res have cols channels; res may be the zero
// Layout. Row i is pixel i of the left side, outAt[i] of out and i of res.
func newMultiplication(rows, depth int, out, res Layout, outAt []int32) *multiplication {
	inf := float32(math.Inf(1))
	in := oneRow(Blocks(depth)*Lanes, rows)
	d := &Direct{
		conv: Conv{InC: in.C, OutC: out.C, Groups: 1, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Lo: -inf, Hi: inf},
		in:   in, out: out, res: res, run: 1, bias: make([]float32, Blocks(out.C)*Lanes),
	}
	d.plan()
	m := &multiplication{direct: d, count: rows}
	whole := (rows + tile - 1) / tile * tile
	for i := range whole + tile { // kernels prefetch the next tile
		i = min(i, rows-1)
		p := pixel{in: int32(i * Lanes), out: int32(i * Lanes), res: int32(i * Lanes)}
		if outAt != nil {
			p.out = outAt[i]
		}
		m.rows = append(m.rows, p)
	}
	m.rows = m.rows[:whole]
	return m
}

// oneRow is the layout of one row of pixels without a border.
func oneRow(channels, pixels int) Layout {
	return Layout{C: channels, H: 1, W: pixels, Rows: 1, Cols: pixels}
}

// packed is the number of floats that the right side takes.
func (m *multiplication) packed() int { return m.direct.packed }

// run multiplies. right is as pack leaves it.
func (m *multiplication) run(level simd.Level, out, left, right, res []float32) {
	for i := range m.direct.panels {
		p := m.direct.panels[i]
		n := len(p.taps) * p.width * p.blocks * Lanes
		p.weights, right = right[:n:n], right[n:]
		m.direct.runPanel(level, out, left, res, m.rows, m.count, &p)
	}
}

// place is where element [k,col] of the right side lies in its packed form.
func (m *multiplication) place(k, col int) int {
	before := 0
	for i := range m.direct.panels {
		p := &m.direct.panels[i]
		if block := col / Lanes; block < p.block+p.blocks {
			return before + k*p.blocks*Lanes + col - p.block*Lanes
		}
		before += len(p.taps) * p.width * p.blocks * Lanes
	}
	panic("kernel: column outside the product")
}
