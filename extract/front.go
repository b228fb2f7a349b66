package extract

import (
	"fmt"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
)

// A network that begins with a scale and shift by constants normalises its own input, at
// least in part. Its constants tell what it expects: with the right normalisation before
// them, the first real layer sees one of the usual ones. For torchvision's GoogLeNet and
// Inception v3 (transform_input) that is ImageNet's, which their constants turn into
// −1 to 1; for a network that subtracts ImageNet's mean it is 0 to 1, or 0 to 255 if the
// mean is that large.

// conventions are the normalisations that a network may expect.
var conventions = []struct {
	name      string
	mean, std [3]float32
}{
	{"ImageNet's", view.ImageNetMean, view.ImageNetStd},
	{"−1 to 1", half, half},
	{"0 to 1", [3]float32{}, one},
	{"0 to 255", [3]float32{}, [3]float32{1. / 255, 1. / 255, 1. / 255}},
}

// natural are the mean colours of natural images, of 0 to 1, red first, and spread their
// standard deviations: ImageNet's.
var (
	natural = widened(view.ImageNetMean)
	spread  = widened(view.ImageNetStd)
)

func widened(v [3]float32) [3]float64 {
	return [3]float64{float64(v[0]), float64(v[1]), float64(v[2])}
}

// line is what becomes of a colour p of 0 to 1 up to the first real layer: slope·p + shift,
// for red, green and blue.
type line struct{ slope, shift [3]float64 }

// through puts a normalisation before the network's front.
func through(f graph.Front, mean, std [3]float32, bgr bool) (l line) {
	for c, channel := range f.From {
		colour := channel
		if bgr {
			colour = 2 - channel
		}
		a := f.Scale[c] / float64(std[colour])
		l.slope[colour], l.shift[colour] = a, f.Shift[c]-a*float64(mean[colour])
	}
	return l
}

// usual reports whether a line is one of the usual normalisations.
func (l line) usual() bool {
	var zero, byStd [3]float64 // the colour that becomes 0; the slope for a spread of 1
	for c := range 3 {
		zero[c], byStd[c] = -l.shift[c]/l.slope[c], l.slope[c]*spread[c]
	}
	all := func(sizes [3]float64, want ...float64) bool {
		for _, w := range want {
			if near(sizes, [3]float64{w, w, w}, 0.02*w) {
				return true
			}
		}
		return false
	}
	middle := [3]float64{0.5, 0.5, 0.5}
	const exact = 0.0025 // 128/255 is as good a middle as 127.5/255
	switch {
	case near(zero, [3]float64{}, exact): // 0 to 1, 0 to 255
		return all(l.slope, 1, 255)
	case near(zero, middle, exact): // −1 to 1, −127.5 to 127.5, −0.5 to 0.5
		return all(l.slope, 2, 255, 1)
	case near(zero, natural, exact), near(zero, clipMean, exact):
		// Divided by the standard deviations, or Caffe's: by nothing or by 1/0.017.
		return near(byStd, [3]float64{1, 1, 1}, 0.02) || near(l.slope, clipSlope, 0.1) || all(l.slope, 255, 1, 255*0.017)
	}
	return false
}

// CLIP's own mean and standard deviations.
var (
	clipMean  = [3]float64{0.48145466, 0.4578275, 0.40821073}
	clipSlope = [3]float64{1 / 0.26862954, 1 / 0.26130258, 1 / 0.27577711}
)

// whitens reports whether natural images come out with a mean near 0 and a spread near 1,
// as from a batch norm on the image that was trained with this normalisation before it.
func (l line) whitens() bool {
	for c := range 3 {
		mean, std := l.slope[c]*natural[c]+l.shift[c], l.slope[c]*spread[c]
		if !(mean > -0.3 && mean < 0.3 && std > 0.6 && std < 1.6) {
			return false
		}
	}
	return true
}

// fromFront concludes from a network's front how its input is to be normalised. ok reports
// whether there is a front; channels is "rgb", "bgr" or, if it is not known, "".
func fromFront(model *graph.Graph, channels string) (c Colours, ok bool, err error) {
	front, ok := model.Front()
	if !ok || front.Scale == [3]float64{1, 1, 1} && front.Shift == [3]float64{} {
		return Colours{}, false, nil
	}
	for _, accept := range []func(line) bool{line.usual, line.whitens} {
		var found []Colours
		for _, bgr := range []bool{false, true} {
			if bgr && channels == "rgb" || !bgr && channels == "bgr" || len(found) > 0 {
				continue // what fits in both orders, as one number for all colours does, is RGB
			}
			for _, n := range conventions {
				if accept(through(front, n.mean, n.std, bgr)) {
					found = append(found, Colours{Mean: n.mean, Std: n.std, BGR: bgr,
						Why: n.name + ", because the network itself scales and shifts its input, by constants that go with it"})
				}
			}
		}
		if len(found) == 1 {
			return found[0], true, nil
		}
	}
	return Colours{}, true, fmt.Errorf("the network scales and shifts its input itself, by %.5g,%.5g,%.5g and %.5g,%.5g,%.5g, which does not tell what it expects: "+
		"set --mean and --std to what comes before that, such as 0,0,0 and 1,1,1 for colours of 0 to 1",
		front.Scale[0], front.Scale[1], front.Scale[2], front.Shift[0], front.Shift[1], front.Shift[2])
}
