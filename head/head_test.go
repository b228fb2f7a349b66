package head

import "testing"

func TestArgmax(t *testing.T) {
	for _, c := range []struct {
		row  []float32
		want int
	}{
		{nil, 0},
		{[]float32{-3}, 0},
		{[]float32{-3, -1, -2}, 1},
		{[]float32{1, 5, 2, 5}, 1}, // the first of equals
		{[]float32{4, 4}, 0},
		{[]float32{0, 1, 2}, 2},
	} {
		if got := Argmax(c.row); got != c.want {
			t.Errorf("%v: got %d, want %d", c.row, got, c.want)
		}
	}
}
