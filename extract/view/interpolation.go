package view

import "fmt"

// Interpolation is the filter of a resize. Each is Pillow's of that name, widened by the
// scale when shrinking (antialiasing).
type Interpolation uint8

// The filters, with the pixels that they reach at scale 1.
const (
	Bilinear Interpolation = iota // a triangle: 1 pixel to each side
	Bicubic                       // Keys's cubic with a = −1/2: 2 pixels
	Lanczos                       // a sinc in the window of a wider one: 3 pixels
)

// interpolationNames are the names in the order of the constants.
var interpolationNames = [...]string{"bilinear", "bicubic", "lanczos"}

// String is the name: bilinear, bicubic or lanczos.
func (i Interpolation) String() string {
	if int(i) < len(interpolationNames) {
		return interpolationNames[i]
	}
	return fmt.Sprintf("interpolation %d", uint8(i))
}

// ParseInterpolation returns the filter of that name.
func ParseInterpolation(name string) (Interpolation, error) {
	for i, known := range interpolationNames {
		if name == known {
			return Interpolation(i), nil
		}
	}
	return 0, fmt.Errorf("interpolation %q: want bilinear, bicubic or lanczos", name)
}

// support is how far the filter reaches at scale 1.
func (i Interpolation) support() float64 { return float64(i) + 1 }

// sample sets w to the filter's values at from, from+1, … inputs, each times step.
// Each operation rounds as in Pillow; the conversions prevent fused multiply-adds.
func (i Interpolation) sample(w []float64, lo int, centre, step float64) {
	for t := range w {
		x := float64((float64(lo+t) - centre + 0.5) * step)
		switch i {
		case Bicubic:
			w[t] = cubic(x)
		case Lanczos:
			w[t] = lanczos(x)
		default:
			w[t] = max(0, 1-abs(x))
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }

// cubic is Keys's convolution kernel with a = −1/2.
func cubic(x float64) float64 {
	x = abs(x)
	switch {
	case x < 1:
		return float64(float64((float64(1.5*x)-2.5)*x)*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * -0.5
	}
	return 0
}

// lanczos is sinc(x)·sinc(x/3) within 3 of the centre.
func lanczos(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return sinc(x) * sinc(x/3)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= pi
	return sin(x) / x
}
