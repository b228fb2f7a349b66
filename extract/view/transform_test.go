package view

import (
	"strings"
	"testing"
)

// TestName pins the name of the default transform: stores are keyed by it.
func TestName(t *testing.T) {
	const want = "train RandomResizedCrop(224, scale 0.08-1, ratio 3/4-4/3) RandomHorizontalFlip draw 1 seed 0; " +
		"eval Resize(256) CenterCrop(224); Pillow bilinear 13.1; mean 0.485,0.456,0.406 std 0.229,0.224,0.225; " +
		"EXIF orientation ignored; decode JPEG 1, PNG 1, BMP 1, PNM 1, WebP 1, GIF 2"
	if got := (Transform{}).Name(0); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	full := Transform{Size: 224, Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225}}
	if got := full.Name(0); got != want {
		t.Errorf("defaults spelled out: %s", got)
	}
	turned := Transform{Decode: DecodeOptions{ExifOrientation: true}}.Name(0)
	if wantTurned := strings.Replace(want, "ignored", "applied 2", 1); turned != wantTurned {
		t.Errorf("got  %s\nwant %s", turned, wantTurned)
	}
	spelled := Transform{Interpolation: Bilinear, Evaluation: Evaluation{Resize: 256}}
	if got := spelled.Name(0); got != want {
		t.Errorf("the default resize spelled out: %s", got)
	}
	clip := Transform{Interpolation: Bicubic, Evaluation: Evaluation{Resize: 224, Squash: true, RoundDown: true}}.Name(0)
	wantClip := strings.NewReplacer("Resize(256) CenterCrop(224)", "Resize(224x224) CenterCrop(224 rounded down)", "bilinear", "bicubic").Replace(want)
	if clip != wantClip {
		t.Errorf("got  %s\nwant %s", clip, wantClip)
	}
	seen := map[string]bool{want: true}
	for _, other := range []string{
		Transform{}.Name(1),
		Transform{Size: 299}.Name(0),
		Transform{BGR: true}.Name(0),
		Transform{Interpolation: Bicubic}.Name(0),
		Transform{Interpolation: Lanczos}.Name(0),
		Transform{Evaluation: Evaluation{Resize: 224}}.Name(0),
		Transform{Evaluation: Evaluation{Squash: true}}.Name(0),
		Transform{Evaluation: Evaluation{RoundDown: true}}.Name(0),
		Transform{Std: [3]float32{1, 1, 1}}.Name(0),
		Transform{Std: [3]float32{1, 1, 1}, Mean: [3]float32{0, 0, 0.1}}.Name(0),
		Transform{Decode: DecodeOptions{ExifOrientation: true}}.Name(0),
	} {
		if seen[other] {
			t.Errorf("two transforms have the name %s", other)
		}
		seen[other] = true
	}
}

func TestDefaultResize(t *testing.T) {
	for size, want := range map[int]int{224: 256, 299: 342, 112: 128, 384: 439, 1: 1, 8: 9} {
		if got := (Transform{Size: size}).WithDefaults().Evaluation.Resize; got != want {
			t.Errorf("size %d: resize to %d, want %d", size, got, want)
		}
	}
}
