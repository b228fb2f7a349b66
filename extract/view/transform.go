package view

import (
	"fmt"
	"strconv"
	"strings"
)

// decoderVersions holds the version of each decoder, as part of the feature space's name.
// A number changes with any change to pixels. A new format joins the list, so that files
// which stores remember as unusable are read again.
const decoderVersions = "JPEG 1, PNG 1, BMP 1, PNM 1, WebP 1, GIF 2"

// exifApplied says in the name that photos are turned upright. The number is the version
// of how the orientation is read; without the option it does not matter.
const exifApplied = "applied 2"

// Transform holds every setting that affects a view's pixels. The zero value is
// torchvision's usual transform for ImageNet networks: training views by
// RandomResizedCrop(224) and RandomHorizontalFlip, evaluation views by
// Resize(256) and CenterCrop(224), both by ToTensor and Normalize.
type Transform struct {
	// Size is the side of a view in pixels, as the backbone's input wants it; 0
	// means 224.
	Size int
	// Interpolation is the filter of all resizes.
	Interpolation Interpolation
	// Evaluation is how the evaluation view is cut out.
	Evaluation Evaluation
	// Mean and Std normalise a sample p of 0 to 255 as (p/255 − Mean)/Std, in the
	// order red, green, blue. An all-zero Std means ImageNet's values for both.
	Mean, Std [3]float32
	// BGR gives the network the normalised colours in the order blue, green, red.
	BGR bool
	// Decode holds the options for decoding files.
	Decode DecodeOptions
}

// ImageNet's mean and standard deviation of red, green and blue, for samples of 0 to 1.
var (
	ImageNetMean = [3]float32{0.485, 0.456, 0.406}
	ImageNetStd  = [3]float32{0.229, 0.224, 0.225}
)

// Evaluation says how an evaluation view is made: by a resize, and a crop of the middle.
type Evaluation struct {
	// Resize is the length of the shorter side after the resize, at least the view's
	// size; 0 means 256/224 of the size, rounded.
	Resize int
	// Squash resizes both sides to Resize, which keeps the whole image and changes its
	// proportions.
	Squash bool
	// RoundDown rounds the position of the crop down, as transformers does. torchvision
	// rounds it to the nearest, halves to even.
	RoundDown bool
}

// describe is the evaluation of views of the given size.
func (e Evaluation) describe(size int) string {
	resize := strconv.Itoa(e.Resize)
	if e.Squash {
		resize += "x" + resize
	}
	crop := strconv.Itoa(size)
	if e.RoundDown {
		crop += " rounded down"
	}
	return fmt.Sprintf("Resize(%s) CenterCrop(%s)", resize, crop)
}

// maxSquashed is the longest side of an image to be squashed. The weights of a resize take
// up to 48 bytes for each pixel of it. Other resizes read of a long side no more than
// the shorter one allows.
const maxSquashed = 1 << 20

// WithDefaults returns the transform with the defaults in place of zero values.
func (t Transform) WithDefaults() Transform {
	if t.Size == 0 {
		t.Size = 224
	}
	if t.Evaluation.Resize == 0 {
		t.Evaluation.Resize = Scaled(256, 224, t.Size)
	}
	if t.Evaluation.Squash {
		t.Decode.MaxSide = maxSquashed
	}
	if t.Std == [3]float32{} {
		t.Mean, t.Std = ImageNetMean, ImageNetStd
	}
	return t
}

// Scaled returns the length to resize to for a view of another size, when it is resize for
// one of the given size: in proportion, rounded.
func Scaled(resize, size, other int) int {
	return (resize*other + size/2) / size
}

// Name describes the transform and the seed of its draws in one readable line. Two
// transforms with the same name make the same bits from the same file: the name holds
// versions of the arithmetic, which change with any change to bits.
func (t Transform) Name(seed uint64) string {
	t = t.WithDefaults()
	exif := "ignored"
	if t.Decode.ExifOrientation {
		exif = exifApplied
	}
	channels := ""
	if t.BGR {
		channels = " channels BGR;" // nothing for RGB, whose names are older
	}
	return fmt.Sprintf("train RandomResizedCrop(%d, scale 0.08-1, ratio 3/4-4/3) RandomHorizontalFlip draw %d seed %d; "+
		"eval %s; Pillow %s %s; mean %s std %s;%s EXIF orientation %s; decode %s",
		t.Size, drawVersion, seed, t.Evaluation.describe(t.Size), t.Interpolation, resampleVersion, Triple(t.Mean), Triple(t.Std), channels, exif, decoderVersions)
}

// Triple writes three numbers so that they read back to the same bits.
func Triple(v [3]float32) string {
	s := make([]string, len(v))
	for i, x := range v {
		s[i] = strconv.FormatFloat(float64(x), 'g', -1, 32)
	}
	return strings.Join(s, ",")
}
