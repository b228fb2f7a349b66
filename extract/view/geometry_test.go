package view

import "testing"

// TestEvalWindow pins Resize and CenterCrop: the longer side is truncated, the
// offset rounded with halves to even. The wanted numbers are torchvision's.
func TestEvalWindow(t *testing.T) {
	for _, c := range []struct {
		width, height, resize, crop int
		want                        evalWindow
	}{
		{500, 375, 256, 224, evalWindow{341, 256, 58, 16}},                      // 58.5 goes to 58
		{375, 500, 256, 224, evalWindow{256, 341, 16, 58}},                      // the same upright
		{500, 374, 256, 224, evalWindow{342, 256, 59, 16}},                      // 342.2 → 342
		{500, 333, 256, 224, evalWindow{384, 256, 80, 16}},                      // 384.4 → 384
		{256, 256, 256, 224, evalWindow{256, 256, 16, 16}},                      // nothing to resize
		{1, 1, 256, 224, evalWindow{256, 256, 16, 16}},                          // one pixel
		{3000, 2, 256, 224, evalWindow{384000, 256, 191888, 16}},                // a sliver
		{2, 3000, 256, 224, evalWindow{256, 384000, 16, 191888}},                // upright
		{640, 480, 342, 299, evalWindow{456, 342, 78, 22}},                      // 78.5 to 78; 21.5 to 22
		{178956970, 1, 256, 224, evalWindow{45812984320, 256, 22906492048, 16}}, // the widest allowed
	} {
		if got := newEvalWindow(c.width, c.height, Evaluation{Resize: c.resize}, c.crop); got != c.want {
			t.Errorf("%d×%d: got %+v, want %+v", c.width, c.height, got, c.want)
		}
	}
	// transformers' center_crop rounds down; both squash as they crop.
	down := Evaluation{Resize: 256, RoundDown: true}
	if got, want := newEvalWindow(500, 374, down, 224), (evalWindow{342, 256, 59, 16}); got != want {
		t.Errorf("down: got %+v, want %+v", got, want)
	}
	if got, want := newEvalWindow(506, 374, down, 223), (evalWindow{346, 256, 61, 16}); got != want {
		t.Errorf("down: got %+v, want %+v", got, want)
	}
	if got, want := newEvalWindow(506, 374, Evaluation{Resize: 256}, 223), (evalWindow{346, 256, 62, 16}); got != want {
		t.Errorf("to the nearest: got %+v, want %+v", got, want)
	}
	if got, want := newEvalWindow(3000, 2, Evaluation{Resize: 256, Squash: true}, 224), (evalWindow{256, 256, 16, 16}); got != want {
		t.Errorf("squashed: got %+v, want %+v", got, want)
	}
}

// TestVerticalFirst pins the order of Pillow 13's passes at its limits.
func TestVerticalFirst(t *testing.T) {
	for _, c := range []struct {
		width, height int
		want          bool
	}{
		{224, 224, false}, {224, 225, true}, {225, 226, false}, {225, 227, true},
		{100, 224, false}, {100, 225, true}, {500, 400, false}, {300, 377, true}, {300, 376, false},
	} {
		if got := verticalFirst(c.width, c.height, 224, 224); got != c.want {
			t.Errorf("%d×%d: got %v", c.width, c.height, got)
		}
	}
}
