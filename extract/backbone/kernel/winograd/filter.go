package winograd

// filterTransform computes G g Gᵀ in float64.
type filterTransform struct {
	taps  int
	point []float64 // the finite points
	scale []float64 // of their rows of G
	g     [4][4]float64
	u     [maxPoints * maxPoints]float64
}

func newFilterTransform(taps int) *filterTransform {
	t := &filterTransform{taps: taps}
	switch taps {
	case 2:
		t.point = []float64{0.5, -0.5, 2, -2}
	case 3:
		t.point = []float64{0, 0.5, -0.5, 2, -2}
	case 4:
		t.point = []float64{0, 0.5, -0.5, 2, -2, 1}
	}
	for i, a := range t.point {
		n := 1.0
		for j, b := range t.point {
			if i != j {
				n *= a - b
			}
		}
		// What Aᵀ leaves out at ±½ and ±2 so that its second row is all ones.
		switch a {
		case 0.5, -0.5:
			n *= 2
		case 2, -2:
			n /= 2
		}
		t.scale = append(t.scale, 1/n)
	}
	return t
}

// apply computes u[i·points+j] from g.
func (t *filterTransform) apply() {
	n := len(t.point) + 1
	var half [maxPoints][4]float64
	for j := range t.taps {
		for i, a := range t.point {
			v := 0.0
			for k := t.taps - 1; k >= 0; k-- {
				v = float64(v*a) + t.g[k][j]
			}
			half[i][j] = float64(v * t.scale[i])
		}
		half[n-1][j] = t.g[t.taps-1][j]
	}
	for i := range n {
		for j, a := range t.point {
			v := 0.0
			for k := t.taps - 1; k >= 0; k-- {
				v = float64(v*a) + half[i][k]
			}
			t.u[i*n+j] = float64(v * t.scale[j])
		}
		t.u[i*n+n-1] = half[i][t.taps-1]
	}
}
