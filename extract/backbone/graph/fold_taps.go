package graph

import (
	"math"
	"slices"
)

// tap is one element that a resized one is made of.
type tap struct {
	at     int
	weight float64
}

// taps lists what each of the new elements of an axis is made of.
func (f *folding) taps(size, to int, scale float64) ([][]tap, error) {
	if err := f.spend([]int64{8 * int64(to)}); err != nil {
		return nil, err
	}
	all := make([][]tap, to)
	mode := f.attrs.text("mode", "nearest")
	smooth := mode != "nearest" && f.attrs.integer("antialias", 0) != 0
	a := float64(f.attrs.float("cubic_coeff_a", -0.75))
	for i := range all {
		pos, err := f.position(i, size, to, scale)
		if err != nil {
			return nil, err
		}
		floor := math.Floor(pos)
		part := pos - floor
		k := int(floor)
		switch {
		case smooth:
			if all[i], err = f.smoothTaps(pos, size, scale, mode, a); err != nil {
				return nil, err
			}
		case mode == "nearest":
			if k, err = f.nearest(pos); err != nil {
				return nil, err
			}
			all[i] = []tap{{k, 1}}
		case mode == "linear":
			all[i] = []tap{{k, 1 - part}, {k + 1, part}}
		case mode == "cubic":
			all[i] = cubic(k, part, a)
			if f.attrs.integer("exclude_outside", 0) != 0 {
				all[i] = within(all[i], size)
			}
		default:
			return nil, cannotFold("it resizes a constant in the mode %q", mode)
		}
		for j := range all[i] {
			all[i][j].at = max(0, min(all[i][j].at, size-1))
		}
	}
	return all, nil
}

// position is where the new element i lies among the old ones.
func (f *folding) position(i, size, to int, scale float64) (float64, error) {
	x := float64(i)
	switch mode := f.attrs.text("coordinate_transformation_mode", "half_pixel"); mode {
	case "half_pixel":
		return (x+0.5)/scale - 0.5, nil
	case "pytorch_half_pixel":
		if to == 1 {
			return -0.5, nil
		}
		return (x+0.5)/scale - 0.5, nil
	case "asymmetric":
		return x / scale, nil
	case "align_corners":
		if to == 1 {
			return 0, nil
		}
		return x * float64(size-1) / float64(to-1), nil
	default:
		return 0, cannotFold("it resizes a constant with the coordinates %q", mode)
	}
}

func (f *folding) nearest(pos float64) (int, error) {
	switch mode := f.attrs.text("nearest_mode", "round_prefer_floor"); mode {
	case "round_prefer_floor":
		return int(math.Ceil(pos - 0.5)), nil
	case "round_prefer_ceil":
		return int(math.Floor(pos + 0.5)), nil
	case "floor":
		return int(math.Floor(pos)), nil
	case "ceil":
		return int(math.Ceil(pos)), nil
	default:
		return 0, cannotFold("it resizes a constant in the nearest mode %q", mode)
	}
}

// cubic are the taps of Keys' cubic convolution between elements k and k+1.
func cubic(k int, t, a float64) []tap {
	return []tap{{k - 1, keys(t+1, a)}, {k, keys(t, a)}, {k + 1, keys(1-t, a)}, {k + 2, keys(2-t, a)}}
}

// keys is Keys' kernel at the distance x ≥ 0.
func keys(x, a float64) float64 {
	// The conversions keep arm64 from fusing a product and a sum, which would round otherwise.
	switch {
	case x <= 1:
		return float64((float64((a+2)*x)-(a+3))*x*x) + 1
	case x <= 2:
		return float64((float64((float64(a*x)-float64(5*a))*x)+float64(8*a))*x) - float64(4*a)
	}
	return 0
}

// smoothTaps are the taps of a kernel that is as wide as the new elements are, where these
// are wider than the old ones.
func (f *folding) smoothTaps(pos float64, size int, scale float64, mode string, a float64) ([]tap, error) {
	scale = min(scale, 1)
	reach := 1 / scale
	if mode == "cubic" {
		reach *= 2
	} else if mode != "linear" {
		return nil, cannotFold("it resizes a constant in the mode %q", mode)
	}
	lo, hi := int(math.Floor(pos-reach)), int(math.Ceil(pos+reach))
	if f.attrs.integer("exclude_outside", 0) != 0 {
		lo, hi = max(0, lo), min(size-1, hi)
	}
	if err := f.spend([]int64{4 * int64(max(0, hi-lo+1))}); err != nil {
		return nil, err
	}
	list := make([]tap, 0, max(0, hi-lo+1))
	for k := lo; k <= hi; k++ {
		x := math.Abs((float64(k) - pos) * scale)
		w := max(0, 1-x)
		if mode == "cubic" {
			w = keys(x, a)
		}
		list = append(list, tap{k, w})
	}
	normalise(list)
	return list, nil
}

// within leaves out the taps that are outside size elements. The others sum to 1.
func within(taps []tap, size int) []tap {
	taps = slices.DeleteFunc(taps, func(t tap) bool { return t.at < 0 || t.at >= size })
	normalise(taps)
	return taps
}

// normalise makes the weights sum to 1.
func normalise(taps []tap) {
	sum := 0.0
	for _, t := range taps {
		sum += t.weight
	}
	for i := range taps {
		taps[i].weight /= sum
	}
}
