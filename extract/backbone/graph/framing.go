package graph

import (
	"strconv"
	"strings"
)

// Framing is how a model's metadata ask for a photograph to be brought to the size of its
// input. Zero values mean that they don't say.
type Framing struct {
	Size          int    // side of the image that the network sees
	Interpolation string // the name of a filter, as in "bicubic"
	Resize        int    // length of the shorter side before the crop of the middle
	Squash        bool   // resize both sides to Resize
	RoundDown     bool   // round the crop's position down
}

// Metadata keys of a framing. The values are as in "bicubic"; "256", or "224x224" for a
// squash; "224", or "224 floor" to round the crop's position down.
const (
	KeyInterpolation = "interpolation"
	KeyResize        = "resize"
	KeyCrop          = "crop"
)

const cropFloor = " floor"

// Metadata is the framing as a model's metadata, which [Graph.Framing] reads.
func (f Framing) Metadata() map[string]string {
	resize, crop := strconv.Itoa(f.Resize), strconv.Itoa(f.Size)
	if f.Squash {
		resize += "x" + resize
	}
	if f.RoundDown {
		crop += cropFloor
	}
	return map[string]string{KeyInterpolation: f.Interpolation, KeyResize: resize, KeyCrop: crop}
}

// framingMetadata is what a model's metadata_props say under these keys.
type framingMetadata struct{ interpolation, resize, crop string }

// Framing returns what the model's metadata say of its input's framing. Values that can't
// be read are [ErrUnsupported]. The caller judges the interpolation's name.
func (g *Graph) Framing() (Framing, error) { return g.framing.parse() }

func (m framingMetadata) parse() (Framing, error) {
	f := Framing{Interpolation: m.interpolation}
	var ok1, ok2 bool
	crop, floor := strings.CutSuffix(m.crop, cropFloor)
	f.Size, ok1 = side(crop)
	resize, other, squash := strings.Cut(m.resize, "x")
	f.Resize, ok2 = side(resize)
	f.Squash, f.RoundDown = squash, floor
	if !ok1 || !ok2 || squash && other != resize || floor && crop == "" {
		return Framing{}, unsupported("its metadata say %s %q and %s %q: want a resize such as 256 or 224x224, and a crop such as 224",
			KeyResize, m.resize, KeyCrop, m.crop)
	}
	return f, nil
}

// side reads the length of a side; "" is 0.
func side(s string) (int, bool) {
	const most = 1 << 14
	n, err := strconv.Atoi(s)
	return n, s == "" || err == nil && n > 0 && n <= most
}
