package view

import (
	"crypto/sha256"
	"math"
	"testing"
)

// TestDrawPinned fixes some draws for good: features are kept under the promise
// that a seed means the same crops on every machine and in every release. If this
// test has to change, so has drawVersion.
func TestDrawPinned(t *testing.T) {
	content := sha256.Sum256([]byte("an image"))
	for _, c := range []struct {
		seed                uint64
		view, width, height int
		want                Crop
	}{
		{0, 1, 500, 375, Crop{Top: 4, Left: 120, Height: 369, Width: 358}},
		{0, 2, 500, 375, Crop{Top: 19, Left: 81, Height: 233, Width: 217}},
		{1, 1, 500, 375, Crop{Top: 44, Left: 140, Height: 208, Width: 222, Flip: true}},
		{0, 1, 375, 500, Crop{Top: 90, Left: 15, Height: 369, Width: 358}},
		{1 << 63, 1000, 4000, 3000, Crop{Top: 12, Left: 519, Height: 2927, Width: 3355}},
		{0, 1, 1, 1, Crop{Top: 0, Left: 0, Height: 1, Width: 1}},
		{0, 1, 3000, 2, Crop{Top: 0, Left: 1498, Height: 2, Width: 3}},
		{0, 1, 2, 3000, Crop{Top: 1498, Left: 0, Height: 3, Width: 2}},
	} {
		if got := Draw(c.seed, content, c.view, c.width, c.height); got != c.want {
			t.Errorf("seed %d view %d, %d×%d: got %#v, want %#v", c.seed, c.view, c.width, c.height, got, c.want)
		}
	}
}

// TestDrawDistribution compares draws with the definition of RandomResizedCrop. In
// a square image nearly every first try fits, so the shares are close to uniform.
func TestDrawDistribution(t *testing.T) {
	const n, side = 20000, 10000
	var sumArea, sumLog, sumTop, sumLeft, flips float64
	var areas, logs [10]int
	for k := range n {
		c := Draw(uint64(k%7), [32]byte{1}, k, side, side)
		if c.Top < 0 || c.Left < 0 || c.Height < 1 || c.Width < 1 || c.Top+c.Height > side || c.Left+c.Width > side {
			t.Fatalf("draw %d: %+v does not lie in the image", k, c)
		}
		area := float64(c.Height) * float64(c.Width) / (side * side)
		ratio := math.Log(float64(c.Width) / float64(c.Height))
		if area < 0.0799 || ratio < -0.2878 || ratio > 0.2878 {
			t.Fatalf("draw %d: area share %g, log ratio %g", k, area, ratio)
		}
		if c.Flip {
			flips++
		}
		areas[min(9, int(10*(area-0.08)/0.92))]++
		logs[min(9, max(0, int(10*(ratio/0.28768+1)/2)))]++
		sumArea += area
		sumLog += ratio
		if side > c.Height && side > c.Width {
			sumTop += float64(c.Top) / float64(side-c.Height)
			sumLeft += float64(c.Left) / float64(side-c.Width)
		}
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s: %.4f, want %.4f ± %.4f", what, got, want, tolerance)
		}
	}
	// The tolerances are five standard errors. A large area with a ratio far from
	// one does not fit and is drawn anew, hence not 0.54.
	near("flips", flips/n, 0.5, 0.018)
	near("log ratio", sumLog/n, 0, 0.006)
	near("top", sumTop/n, 0.5, 0.011)
	near("left", sumLeft/n, 0.5, 0.011)
	near("area", sumArea/n, expectedArea(), 0.009)
	for i := range 7 { // below 0.72 every ratio fits
		near("share of areas", float64(areas[i])/float64(areas[0]+areas[1]+areas[2]+areas[3]+areas[4]+areas[5]+areas[6]), 1.0/7, 0.015)
	}
	if logs[0] == 0 || logs[9] == 0 {
		t.Errorf("ratios miss the ends of their range: %v", logs)
	}
}

// expectedArea is the mean area share of a square image's crops, by integration
// over all pairs of share and ratio that fit.
func expectedArea() float64 {
	const steps = 2000
	var sum, fit float64
	for i := range steps {
		area := minScale + (maxScale-minScale)*(float64(i)+0.5)/steps
		// w² = area·ratio ≤ 1 and h² = area/ratio ≤ 1
		share := min(1, -math.Log(area)/logMaxRatio)
		sum += area * share
		fit += share
	}
	return sum / fit
}

// TestDrawFallback guards images in which no rectangle fits: the central crop
// whose ratio is in range.
func TestDrawFallback(t *testing.T) {
	for _, c := range []struct {
		width, height int
		want          Crop
	}{
		{30000, 2, Crop{Top: 0, Left: 14998, Height: 2, Width: 3}},
		{2, 30000, Crop{Top: 14998, Left: 0, Height: 3, Width: 2}},
		{1, 1000, Crop{Top: 499, Left: 0, Height: 1, Width: 1}},
	} {
		for view := 1; view <= 50; view++ {
			got := Draw(0, [32]byte{}, view, c.width, c.height)
			got.Flip = false
			if got != c.want {
				t.Errorf("%d×%d: got %+v, want %+v", c.width, c.height, got, c.want)
				break
			}
		}
	}
}

// TestDrawInputs guards that each input matters.
func TestDrawInputs(t *testing.T) {
	base := Draw(0, [32]byte{}, 1, 1000, 1000)
	for what, c := range map[string]Crop{
		"seed":    Draw(1, [32]byte{}, 1, 1000, 1000),
		"content": Draw(0, [32]byte{1}, 1, 1000, 1000),
		"view":    Draw(0, [32]byte{}, 2, 1000, 1000),
	} {
		if c == base {
			t.Errorf("another %s gives the same crop", what)
		}
	}
}

// TestBelow guards the integers against bias.
func TestBelow(t *testing.T) {
	s := newStream(0, [32]byte{}, 0)
	var seen [5]int
	for range 50000 {
		seen[s.below(5)]++
	}
	for v, n := range seen {
		if n < 9550 || n > 10450 { // five standard errors
			t.Errorf("%d came %d times of 50000", v, n)
		}
	}
	if v := s.below(1); v != 0 {
		t.Errorf("below(1) = %d", v)
	}
}

// TestExp compares the portable exponential with the library's over its range.
func TestExp(t *testing.T) {
	worst := 0.0
	for i := -1000; i <= 1000; i++ {
		x := logMaxRatio * float64(i) / 1000
		worst = max(worst, math.Abs(exp(x)/math.Exp(x)-1))
	}
	if worst > 4e-16 {
		t.Errorf("relative error %g", worst)
	}
}
