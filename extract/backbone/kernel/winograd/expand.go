package winograd

import "featurecache/extract/backbone/kernel"

// expandArgs: the plain weights g[((2·c + b)·taps + k)·16 + o] of input channels c and
// output channels 16·b + o, b < 2, become U = G g Gᵀ in u[c·step + position·posStep +
// 16·b + o]. g's taps are rows × cols, as kind says.
type expandArgs struct {
	g, u     []float32
	step     int
	posStep  int
	channels int
	kind     kind
}

// A kind is what a phase's weights are: rows × columns of 3, 2 or 1 taps.
type kind int

const (
	kind3x3 kind = iota
	kind1x2
	kind2x2
	kind2x1
	kind1x1
)

// kinds are those of the phases, in the order of [scheme.phases].
func (s *scheme) kinds() []kind {
	if len(s.axis) == 1 {
		return []kind{kind3x3}
	}
	return []kind{kind1x2, kind2x2, kind2x1, kind1x1}
}

// shape is a kind's rows and columns of taps.
func (k kind) shape() (rows, cols int) {
	shapes := [...][2]int{kind3x3: {3, 3}, kind1x2: {1, 2}, kind2x2: {2, 2}, kind2x1: {2, 1}, kind1x1: {1, 1}}
	return shapes[k][0], shapes[k][1]
}

func (k kind) taps() int {
	rows, cols := k.shape()
	return rows * cols
}

// expandGeneric defines the bits of transformed weights. A phase with one tap along an
// axis has no product at ∞ there.
func expandGeneric(a *expandArgs) {
	rows, cols := a.kind.shape()
	points := 6
	if a.kind != kind3x3 {
		points = 5
	}
	for c := range a.channels {
		for o := range panel {
			var q [6][3]float32
			n := 0
			for j := range cols {
				var taps [3]float32
				for i := range rows {
					taps[i] = a.g[a.kind.at(c, i*cols+j, o)]
				}
				var col [6]float32
				col, n = filter(taps, rows)
				for i := range n {
					q[i][j] = col[i]
				}
			}
			for i := range n {
				row, m := filter(q[i], cols)
				for j := range m {
					a.u[c*a.step+(points*i+j)*a.posStep+o] = row[j]
				}
			}
		}
	}
}

// at is where the k-th weight of input channel c and output channel o lies in a panel
// of plain weights.
func (k kind) at(c, tap, o int) int {
	return ((2*c+o/kernel.Lanes)*k.taps()+tap)*kernel.Lanes + o%kernel.Lanes
}

// filter is G g along one axis for n taps: the values of the polynomial g₀ + g₁x + g₂x²
// at (0,) ±½, ±2 and ∞, each over the product of the point's distances from the other
// finite points, twice that at ±½ and half of it at ±2. It returns their number.
func filter(g [3]float32, n int) ([6]float32, int) {
	const x1, x2, x4 float32 = 1.0 / 15, 2.0 / 15, 4.0 / 15
	switch n {
	case 3:
		odd := float32(x2 * g[1])
		inner, outer := fma(-x1, g[2], -float32(x4*g[0])), fma(x4, g[2], float32(x1*g[0]))
		return [6]float32{g[0], inner - odd, inner + odd, outer + odd, outer - odd, g[2]}, 6
	case 2:
		p := float32(x2 * g[0])
		return [6]float32{fma(-x1, g[1], -p), fma(-x1, g[1], p), fma(x4, g[1], p), fma(x4, g[1], -p), g[1]}, 5
	}
	p := float32(x2 * g[0])
	return [6]float32{-p, p, p, -p}, 4
}
