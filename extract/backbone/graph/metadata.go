package graph

import (
	"strconv"
	"strings"
)

// Colours are the normalisation that a model's metadata ask for: (p/255 − Mean)/Std of a
// sample p from 0 to 255. The numbers are as the file gives them, which may also be for
// samples of 0 to 255.
type Colours struct {
	Mean, Std [3]float32 // Std is zero if the metadata give no normalisation
	BGR       bool       // the first channel is blue
}

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
	case KeyInterpolation:
		m.framing.interpolation = value
	case KeyResize:
		m.framing.resize = value
	case KeyCrop:
		m.framing.crop = value
	}
	return err
}

// Colours returns what the model's metadata say of its input's colours. See ONNX's
// docs/MetadataProps.md for the ranges. A format that no image can be converted to is
// [ErrUnsupported].
func (g *Graph) Colours() (Colours, error) {
	m := g.colours
	var c Colours
	switch m.pixelFormat {
	case "", "Rgb8":
	case "Bgr8":
		c.BGR = true
	default:
		return c, unsupported("its metadata say that it sees pixels of the format %q: only Rgb8 and Bgr8 are made", m.pixelFormat)
	}
	if m.mean != "" || m.std != "" {
		mean, ok1 := threeNumbers(m.mean)
		std, ok2 := threeNumbers(m.std)
		if !ok1 || !ok2 || !(min(std[0], std[1], std[2]) > 0) {
			return c, unsupported("its metadata say mean %q and std %q: want three numbers each, std above 0", m.mean, m.std)
		}
		c.Mean, c.Std = mean, std
		return c, nil
	}
	all := func(x float32) [3]float32 { return [3]float32{x, x, x} }
	switch m.nominal {
	case "":
	case "NominalRange_0_255":
		c.Std = all(1. / 255)
	case "Normalized_0_1":
		c.Std = all(1)
	case "Normalized_1_1":
		c.Mean, c.Std = all(0.5), all(0.5)
	default:
		return c, unsupported("its metadata say that it sees the pixel range %q: only NominalRange_0_255, Normalized_0_1 and Normalized_1_1 are made", m.nominal)
	}
	return c, nil
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
