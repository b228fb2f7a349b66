package winograd

import "featurecache/extract/backbone/kernel"

// maxPoints is the most products along one axis, those of F(4,4).
const maxPoints = 7

// line holds the samples or the products along one axis.
type line [maxPoints]float32

func fma(x, y, z float32) float32 { return kernel.FMA(x, y, z) }

// input overwrites the r+3 samples of one axis with Bᵀd, their values at the
// points. The package doc has the matrices.
func (d *line) input(r int) {
	switch r {
	case 2:
		d[0], d[1], d[2], d[3], d[4] = outerPair(d[0], d[1], d[2], d[3], edge(d[0], d[2], d[4]))
	case 3:
		first, last := edge(d[0], d[2], d[4]), edge(d[1], d[3], d[5])
		d[1], d[2], d[3], d[4], d[5] = outerPair(d[1], d[2], d[3], d[4], last)
		d[0] = first
	case 4:
		one := edge(d[1], d[3], d[5])
		for i := range 6 {
			d[i] = d[i+1] - d[i]
		}
		d.input(3)
		d[5], d[6] = one, d[5]
	}
}

// edge is a − 17/4·b + c.
func edge(a, b, c float32) float32 { return fma(-4.25, b, a+c) }

// outerPair is the values at ½, −½, 2 and −2 of four neighbouring samples; last
// is passed through.
func outerPair(a, b, c, d, last float32) (half, minusHalf, two, minusTwo, _ float32) {
	even, odd := fma(-4, b, d), fma(-4, a, c)
	half, minusHalf = fma(0.5, odd, even), fma(-0.5, odd, even)
	even, odd = fma(-0.25, b, d), fma(-0.25, a, c)
	two, minusTwo = fma(2, odd, even), fma(-2, odd, even)
	return half, minusHalf, two, minusTwo, last
}

// output overwrites the first four of the r+3 products of one axis with Aᵀm, the
// outputs.
func (m *line) output(r int) { //nolint:revive // d and m are the names of the literature
	p := m[:]
	if r > 2 {
		p = m[1:] // past the product at 0
	}
	half, dhalf := p[0]+p[1], p[0]-p[1]
	two, dtwo := p[2]+p[3], p[2]-p[3]
	switch r {
	case 2:
		m[0] = fma(2, half, float32(0.5*two))
		m[1] = dhalf + dtwo
		m[2] = fma(0.5, half, two+two)
		m[3] = fma(0.25, dhalf, fma(4, dtwo, m[4]))
	case 3:
		m[0] = fma(2, half, fma(0.5, two, m[0]))
		m[1] = dhalf + dtwo
		m[2] = fma(0.5, half, two+two)
		m[3] = fma(0.25, dhalf, fma(4, dtwo, m[5]))
	case 4:
		one := m[5]
		m[0] = fma(2, half, fma(0.5, two, m[0]+one))
		m[1] = dhalf + dtwo + one
		m[2] = fma(0.5, half, fma(2, two, one))
		m[3] = fma(0.25, dhalf, fma(4, dtwo, m[6]+one))
	}
}
