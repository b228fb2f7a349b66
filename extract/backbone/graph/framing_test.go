package graph

import (
	"errors"
	"testing"
)

// TestFraming writes each framing as metadata and reads it back.
func TestFraming(t *testing.T) {
	for _, want := range []Framing{
		{Size: 224, Interpolation: "bilinear", Resize: 256},
		{Size: 384, Interpolation: "bicubic", Resize: 384, Squash: true},
		{Size: 224, Interpolation: "lanczos", Resize: 256, Squash: true, RoundDown: true},
		{Size: 518, Interpolation: "bicubic", Resize: 592, RoundDown: true},
	} {
		said := want.Metadata()
		got, err := framingMetadata{said[KeyInterpolation], said[KeyResize], said[KeyCrop]}.parse()
		if err != nil || got != want {
			t.Errorf("%v: %+v, %v; want %+v", said, got, err, want)
		}
	}
	if got, err := (framingMetadata{}).parse(); err != nil || got != (Framing{}) {
		t.Errorf("nothing: %+v, %v", got, err)
	}
	if got, err := (framingMetadata{resize: "256x256"}).parse(); err != nil || got != (Framing{Resize: 256, Squash: true}) {
		t.Errorf("a resize alone: %+v, %v", got, err)
	}
	for _, m := range []framingMetadata{
		{resize: "0"}, {resize: "-1"}, {resize: "256x"}, {resize: "256x224"}, {resize: "x256"}, {resize: "99999"}, {resize: "256.5"},
		{crop: "middle"}, {crop: "224x224"}, {crop: " floor"}, {crop: "224 ceil"},
	} {
		if got, err := m.parse(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%+v: %+v, %v", m, got, err)
		}
	}
}
