package export

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"featurecache/cache/durable"
	"featurecache/extract"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
	"featurecache/pipeline/trained"
)

// ONNX writes the backbone with the head in place of its classifier as one ONNX file. The
// input is the model's own, the output is "logits" [N,C], and with softmax also
// "probabilities" [N,C]. The metadata is that of the head's file, with the classes as a
// JSON list under "classes".
func ONNX(headPath, backbonePath, out string, softmax bool) error {
	if err := writeONNX(headPath, backbonePath, out, softmax); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func writeONNX(headPath, backbonePath, out string, softmax bool) error {
	h, err := trained.Load(headPath)
	if err != nil {
		return err
	}
	p, err := h.Features()
	if err != nil {
		return err
	}
	opt := graph.Options{}
	if t, err := p.ViewTransform(); err == nil {
		opt.Height, opt.Width = t.Size, t.Size // as the head's features
	}
	model, err := graph.OpenSplicer(backbonePath, opt)
	if err != nil || model.Graph.Features.Name != p.Feature {
		// The head was trained on a tensor other than the default.
		opt.Feature = p.Feature
		if named, namedErr := graph.OpenSplicer(backbonePath, opt); namedErr == nil {
			model, err = named, nil
		}
	}
	if err != nil {
		return err
	}
	if err := p.Check(model.Graph); err != nil {
		return fmt.Errorf("%s does not fit: %w", backbonePath, err)
	}
	classes, err := json.Marshal(h.Classes)
	if err != nil {
		return err
	}
	fc := graph.Head{Softmax: softmax, Metadata: maps.Clone(h.Meta)}
	fc.Metadata["classes"] = string(classes)
	putPreprocessing(fc.Metadata, p)
	if h.Hidden != nil {
		fc.Layers = append(fc.Layers, graph.Linear{Weight: h.Hidden.Weight, Bias: h.Hidden.Bias})
	}
	fc.Layers = append(fc.Layers, graph.Linear{Weight: h.Weight, Bias: h.Bias})
	return durable.WriteFile(out, func(w io.Writer) error { return model.Write(w, fc) })
}

// putPreprocessing adds to a network's metadata how its input is made, for whoever runs it:
// extract reads these keys, and ONNX's documentation defines the last. It adds nothing if
// an older version of the program made the transform.
func putPreprocessing(metadata map[string]string, p extract.Provenance) {
	t, err := p.ViewTransform()
	if err != nil {
		return
	}
	metadata["mean"], metadata["std"] = view.Triple(t.Mean), view.Triple(t.Std)
	framing := graph.Framing{
		Size: t.Size, Interpolation: t.Interpolation.String(),
		Resize: t.Evaluation.Resize, Squash: t.Evaluation.Squash, RoundDown: t.Evaluation.RoundDown,
	}
	maps.Copy(metadata, framing.Metadata())
	metadata["Image.BitmapPixelFormat"] = "Rgb8"
	if t.BGR {
		metadata["Image.BitmapPixelFormat"] = "Bgr8"
	}
}

// Safetensors checks the head's file and writes a copy. It holds fc.weight [C,D] and
// fc.bias [C], PyTorch's names, or, with a hidden layer, fc.0 and fc.2.
func Safetensors(headPath, out string) error {
	h, err := trained.Load(headPath)
	if err == nil {
		err = durable.WriteFile(out, h.Write)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
