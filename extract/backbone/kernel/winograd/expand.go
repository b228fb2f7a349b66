package winograd

// expandArgs: the 3×3 weights g[(9·c + k)·32 + o] of input channels c and 32 output
// channels o become U = G g Gᵀ in u[position·posStep + 32·c + o].
type expandArgs struct {
	g, u     []float32
	posStep  int
	channels int
}

// expandGeneric defines the bits of transformed 3×3 weights.
func expandGeneric(a *expandArgs) {
	for c := range a.channels {
		for o := range panel {
			var q [6][3]float32
			for j := range 3 {
				g := a.g[9*panel*c+panel*j+o:]
				col := filter3(g[0], g[3*panel], g[6*panel])
				for i := range q {
					q[i][j] = col[i]
				}
			}
			for i, row := range q {
				for j, u := range filter3(row[0], row[1], row[2]) {
					a.u[(6*i+j)*a.posStep+panel*c+o] = u
				}
			}
		}
	}
}

// filter3 is G g: the values at 0, ±½, ±2 and ∞ of the polynomial a + bx + cx², each
// over the product of the point's distances from the other finite points, twice that
// at ±½ and half of it at ±2.
func filter3(a, b, c float32) [6]float32 {
	const x1, x2, x4 float32 = 1.0 / 15, 2.0 / 15, 4.0 / 15
	odd := float32(x2 * b)
	inner, outer := fma(-x1, c, -float32(x4*a)), fma(x4, c, float32(x1*a))
	return [6]float32{a, inner - odd, inner + odd, outer + odd, outer - odd, c}
}
