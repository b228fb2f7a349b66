package head

import (
	"fmt"
	"math"
)

// Data is a set of labelled samples with one or more views of each.
type Data struct {
	// Views holds K ≥ 1 matrices [N,D] of features, row-major. Training epoch
	// e, counted from 0, reads Views[e mod K]; validation reads Views[0].
	Views [][]float32
	// Labels holds the N samples' classes, counted from 0.
	Labels []int32
}

// width checks shapes, labels and features, and returns D. Errors call the data name.
func (d *Data) width(name string, classes int) (int, error) {
	bad := func(format string, args ...any) (int, error) {
		return 0, fmt.Errorf("%w: %s: %s", errOptions, name, fmt.Sprintf(format, args...))
	}
	n := len(d.Labels)
	if n == 0 || len(d.Views) == 0 {
		return bad("no samples")
	}
	if n > math.MaxInt32 {
		return bad("%d samples: want at most %d", n, math.MaxInt32)
	}
	for i, y := range d.Labels {
		if y < 0 || int(y) >= classes {
			return bad("label %d of sample %d: want 0 to %d", y, i, classes-1)
		}
	}
	width := len(d.Views[0]) / n
	if width == 0 {
		return bad("no features")
	}
	for k, x := range d.Views {
		if len(x) != n*width {
			return bad("view %d holds %d numbers: want %d samples × %d features", k, len(x), n, width)
		}
		if i := firstNonFinite(x); i >= 0 {
			return bad("view %d, sample %d, feature %d is %v", k, i/width, i%width, x[i])
		}
	}
	return width, nil
}

// firstNonFinite returns the index of the first NaN or infinity, or -1.
func firstNonFinite(x []float32) int {
	const exponent = 0xff << 23
	for i, v := range x {
		if math.Float32bits(v)&exponent == exponent {
			return i
		}
	}
	return -1
}

// checkData checks both sets and returns their common width.
func checkData(train, val *Data, classes int) (width int, err error) {
	width, err = train.width("training data", classes)
	if err != nil {
		return 0, err
	}
	w, err := val.width("validation data", classes)
	if err != nil {
		return 0, err
	}
	if w != width {
		return 0, fmt.Errorf("%w: training data has %d features and validation data %d", errOptions, width, w)
	}
	return width, nil
}
