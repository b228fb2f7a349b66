package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"

	"featurecache/extract"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/pipeline/export/npz"
)

// FeatureTolerance is the largest relative L2 error of an image's features for
// which two programs run the same network.
const FeatureTolerance = 5e-5

// ErrDisagree is returned when features differ by more than [FeatureTolerance].
var ErrDisagree = errors.New("the features are not the reference's")

// CheckOptions say what to compare with what.
type CheckOptions struct {
	Backbone  string // the ONNX model's file
	Feature   string // see [graph.Options]
	Reference string // an .npz file with the arrays input [N,3,H,W] and features [N,D]
}

// CheckResult is what a comparison found.
type CheckResult struct {
	Rows     int
	Worst    float64 // the largest relative L2 error; NaN when a feature is
	WorstRow int
}

// CheckBackbone runs the reference's inputs through the backbone and calls each
// with every row's relative L2 error ‖f−r‖/‖r‖. Memory does not grow with the
// number of rows. With [ErrDisagree], wrapped, the result is returned too.
func CheckBackbone(ctx context.Context, opt CheckOptions, each func(row int, relative float64) error) (*CheckResult, error) {
	result, err := checkBackbone(ctx, opt, each)
	if err != nil {
		return result, fmt.Errorf("backbone check: %w", err)
	}
	return result, nil
}

func checkBackbone(ctx context.Context, opt CheckOptions, each func(int, float64) error) (*CheckResult, error) {
	reference, err := npz.Open(opt.Reference)
	if err != nil {
		return nil, err
	}
	defer reference.Close()
	images, err := openFloats(reference, "input", 4)
	if err != nil {
		return nil, err
	}
	defer images.Close()
	want, err := openFloats(reference, "features", 0)
	if err != nil {
		return nil, err
	}
	defer want.Close()
	net, err := netFor(opt, images, want)
	if err != nil {
		return nil, err
	}

	batch := batchOf(net.Input())
	worker := net.NewWorker(batch)
	rows, width := images.Shape[0], net.Width()
	got, expected := make([]float32, batch*width), make([]float32, batch*width)
	result := &CheckResult{Rows: rows}
	for first := 0; first < rows; first += batch {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n := min(batch, rows-first)
		if err := errors.Join(images.Read(worker.Input()[:n*net.Input().Len()]), want.Read(expected[:n*width])); err != nil {
			return nil, err
		}
		worker.Run(got, worker.Input(), n)
		for i := range n {
			e := relativeError(got[i*width:(i+1)*width], expected[i*width:(i+1)*width])
			if first+i == 0 || !(e <= result.Worst) && !math.IsNaN(result.Worst) {
				result.Worst, result.WorstRow = e, first+i
			}
			if err := each(first+i, e); err != nil {
				return nil, err
			}
		}
	}
	if !(result.Worst <= FeatureTolerance) {
		return result, fmt.Errorf("%w: row %d has a relative L2 error of %.3g, the limit is %g", ErrDisagree, result.WorstRow, result.Worst, FeatureTolerance)
	}
	return result, nil
}

// openFloats opens one of the reference's arrays, whose rank must be as given; 0
// means any from 2.
func openFloats(reference *npz.File, name string, rank int) (*npz.Array, error) {
	const want = "want input [N,3,H,W] and features [N,D]"
	a, err := reference.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, want)
	}
	if rank > 0 && len(a.Shape) != rank || len(a.Shape) < 2 {
		_ = a.Close()
		return nil, fmt.Errorf("%s has the shape %v: %s", name, a.Shape, want)
	}
	return a, nil
}

// maxSide bounds the height and width of a reference's images, and with it the
// memory that a header can ask for.
const maxSide = 2048

// batchOf is the number of images of the shape that are run at a time: fewer of
// large ones, whose activations take the more memory.
func batchOf(image graph.Shape) int {
	const pixels = extract.DefaultBatch * 512 * 512
	return min(max(pixels/(image.H*image.W), 1), extract.DefaultBatch)
}

// netFor compiles the backbone for the size of the reference's images, and makes
// sure that both make as many features.
func netFor(opt CheckOptions, images, features *npz.Array) (*backbone.Backbone, error) {
	if images.Shape[0] < 1 || images.Shape[0] != features.Shape[0] {
		return nil, fmt.Errorf("%s: input has %d rows and features %d: want as many, and at least one", opt.Reference, images.Shape[0], features.Shape[0])
	}
	if h, w := images.Shape[2], images.Shape[3]; h < 1 || w < 1 || h > maxSide || w > maxSide {
		return nil, fmt.Errorf("%s: input %v: want images with sides of 1 to %d", opt.Reference, images.Shape, maxSide)
	}
	net, err := backbone.Load(opt.Backbone, graph.Options{Feature: opt.Feature, Height: images.Shape[2], Width: images.Shape[3]})
	if err != nil {
		return nil, err
	}
	if in := net.Input(); images.Shape[1] != in.C {
		return nil, fmt.Errorf("%s: input %v: the model sees images of %d channels", opt.Reference, images.Shape, in.C)
	}
	if got := features.RowLen(); got != net.Width() {
		return nil, fmt.Errorf("%s: features %v: the model makes %d an image, in %q; --feature chooses another tensor",
			opt.Reference, features.Shape, net.Width(), net.Feature())
	}
	return net, nil
}

// relativeError is ‖got−want‖/‖want‖ in float64.
func relativeError(got, want []float32) float64 {
	var diff, norm float64
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		diff += d * d
		norm += float64(w) * float64(w)
	}
	if diff == 0 {
		return 0
	}
	return math.Sqrt(diff / norm)
}
