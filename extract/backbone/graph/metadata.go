package graph

import (
	"strconv"
	"strings"
)

// Colours are the normalisation that a model wants: (p/255 − Mean)/Std of a sample p from
// 0 to 255, in the order red, green, blue.
type Colours struct{ Mean, Std [3]float32 }

// colourMetadata is what a model's metadata_props say about its input: ONNX's image
// annotations, or "mean" and "std" of three numbers each.
type colourMetadata struct {
	mean, std            string
	pixelFormat, nominal string
}

func (m *model) addMetadata(message []byte) error {
	var key, value string
	err := eachField(message, func(f field) error {
		switch f.id {
		case metadataKey:
			key = string(f.bytes)
		case metadataValue:
			value = string(f.bytes)
		}
		return nil
	})
	switch key {
	case "mean":
		m.colours.mean = value
	case "std":
		m.colours.std = value
	case "Image.BitmapPixelFormat":
		m.colours.pixelFormat = value
	case "Image.NominalPixelRange":
		m.colours.nominal = value
	}
	return err
}

// Colours returns how the model's metadata want the image normalised, or nil if they
// don't say. See ONNX's docs/MetadataProps.md for the ranges. A format that no image can
// be converted to is [ErrUnsupported].
func (g *Graph) Colours() (*Colours, error) {
	c := g.colours
	if f := c.pixelFormat; f != "" && f != "Rgb8" {
		return nil, unsupported("its metadata say that it sees pixels of the format %q: only Rgb8 is made", f)
	}
	if c.mean != "" || c.std != "" {
		mean, ok1 := threeNumbers(c.mean)
		std, ok2 := threeNumbers(c.std)
		if !ok1 || !ok2 || !(min(std[0], std[1], std[2]) > 0) {
			return nil, unsupported("its metadata say mean %q and std %q: want three numbers each, std above 0", c.mean, c.std)
		}
		return &Colours{mean, std}, nil
	}
	all := func(x float32) [3]float32 { return [3]float32{x, x, x} }
	switch c.nominal {
	case "":
		return nil, nil
	case "NominalRange_0_255":
		return &Colours{Std: all(1. / 255)}, nil
	case "Normalized_0_1":
		return &Colours{Std: all(1)}, nil
	case "Normalized_1_1":
		return &Colours{Mean: all(0.5), Std: all(0.5)}, nil
	}
	return nil, unsupported("its metadata say that it sees the pixel range %q: only NominalRange_0_255, Normalized_0_1 and Normalized_1_1 are made", c.nominal)
}

// threeNumbers reads "0.485,0.456,0.406", in brackets or not.
func threeNumbers(s string) (v [3]float32, ok bool) {
	words := strings.Split(strings.Trim(s, "[]() "), ",")
	if len(words) != len(v) {
		return v, false
	}
	for i, word := range words {
		x, err := strconv.ParseFloat(strings.TrimSpace(word), 32)
		if err != nil || x-x != 0 {
			return v, false
		}
		v[i] = float32(x)
	}
	return v, true
}
