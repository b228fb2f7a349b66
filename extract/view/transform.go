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
	// means 224. Evaluation first resizes the shorter side to 256/224 of it,
	// rounded.
	Size int
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

func (t Transform) withDefaults() Transform {
	if t.Size == 0 {
		t.Size = 224
	}
	if t.Std == [3]float32{} {
		t.Mean, t.Std = ImageNetMean, ImageNetStd
	}
	return t
}

// resize is the length of the shorter side before the central crop.
func (t Transform) resize() int {
	return (256*t.Size + 112) / 224
}

// Name describes the transform and the seed of its draws in one readable line. Two
// transforms with the same name make the same bits from the same file: the name holds
// versions of the arithmetic, which change with any change to bits.
func (t Transform) Name(seed uint64) string {
	t = t.withDefaults()
	exif := "ignored"
	if t.Decode.ExifOrientation {
		exif = exifApplied
	}
	channels := ""
	if t.BGR {
		channels = " channels BGR;" // nothing for RGB, whose names are older
	}
	return fmt.Sprintf("train RandomResizedCrop(%d, scale 0.08-1, ratio 3/4-4/3) RandomHorizontalFlip draw %d seed %d; "+
		"eval Resize(%d) CenterCrop(%d); Pillow bilinear %s; mean %s std %s;%s EXIF orientation %s; decode %s",
		t.Size, drawVersion, seed, t.resize(), t.Size, resampleVersion, Triple(t.Mean), Triple(t.Std), channels, exif, decoderVersions)
}

// Triple writes three numbers so that they read back to the same bits.
func Triple(v [3]float32) string {
	s := make([]string, len(v))
	for i, x := range v {
		s[i] = strconv.FormatFloat(float64(x), 'g', -1, 32)
	}
	return strings.Join(s, ",")
}
