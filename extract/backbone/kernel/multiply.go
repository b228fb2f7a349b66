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

// Product is the product of two matrices that are both computed from the image, for each of
// a batch of them. It is immutable.
type Product struct {
	batch, m, k, n int
	a, b           []int32 // where the elements of [batch,m,k] and [batch,k,n] lie
	out            Layout  // [n,1,batch·m]
	multiply       *multiplication
	left, right    []int32 // where an element of one matrix is packed
}

// NewProduct makes the layer. a is read as [batch,m,k] and b as [batch,k,n].
func NewProduct(a, b Operand, out Layout, batch, m, k, n int) *Product {
	p := &Product{batch: batch, m: m, k: k, n: n, out: out, a: a.list(batch * m * k), b: b.list(batch * k * n)}
	at := make([]int32, m)
	for i := range at {
		at[i] = int32(out.Offset(0, 0, i) - out.Offset(0, 0, 0))
	}
	p.multiply = newMultiplication(m, k, out, Layout{}, at)
	for i := range m {
		for c := range k {
			p.left = append(p.left, int32((c/Lanes*m+i)*Lanes+c%Lanes))
		}
	}
	for c := range k {
		for col := range n {
			p.right = append(p.right, int32(p.multiply.place(c, col)))
		}
	}
	return p
}

// list is where each of n elements of an operand lies.
func (o Operand) list(n int) []int32 {
	src := offsets(o.Layout)
	list := make([]int32, n)
	for i := range list {
		at := int32(i)
		if o.At != nil {
			at = o.At[i]
		}
		list[i] = src(at)
	}
	return list
}

// Bytes is the size of the lists.
func (p *Product) Bytes() int { return 4 * (len(p.a) + len(p.b) + len(p.left) + len(p.right)) }

// A ProductScratch is the memory that one goroutine needs for a [Product].
type ProductScratch struct{ left, right []float32 }

// NewScratch makes memory for one goroutine.
func (p *Product) NewScratch() *ProductScratch {
	return &ProductScratch{make([]float32, Blocks(p.k)*Lanes*p.m), make([]float32, p.multiply.packed())}
}

// Run computes the share s of the matrices of one image.
func (p *Product) Run(level simd.Level, dst, a, b []float32, scratch *ProductScratch, s Share) {
	from, to := s.Of(p.batch)
	for i := from; i < to; i++ {
		for j, at := range p.a[i*p.m*p.k : (i+1)*p.m*p.k] {
			scratch.left[p.left[j]] = a[at]
		}
		for j, at := range p.b[i*p.k*p.n : (i+1)*p.k*p.n] {
			scratch.right[p.right[j]] = b[at]
		}
		p.multiply.run(level, dst[p.out.Offset(0, 0, i*p.m):], scratch.left, scratch.right, nil)
	}
}
