// Package check compares a backbone's features with those that another program
// computed from the same inputs: [Run].
//
// It reads the reference with its own .npz reader, because npyio (v0.14) panics on a
// header without a newline or with its keys in another order, and allocates whatever
// size a header claims before it reads an element. Anybody may have made a reference.
package check

import (
	"context"
	"errors"
	"fmt"
	"math"

	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
)

// Tolerance is the largest relative L2 error of an image's features at which two
// programs still count as running the same network.
const Tolerance = 5e-5

// Options say what to compare with what.
type Options struct {
	Backbone  string // the ONNX model's file
	Feature   string // see [graph.Options]
	Reference string // an .npz file with the arrays input [N,3,H,W] and features [N,D]
}

// Result is what a comparison found.
type Result struct {
	Rows     int
	Worst    float64 // the largest relative L2 error; NaN if any feature is NaN
	WorstRow int
}

// Run runs the reference's inputs through the backbone and calls each with every
// row's relative L2 error ‖f−r‖/‖r‖. Memory does not grow with the number of rows.
// It is an error if one is greater than [Tolerance]; the result is returned with it.
func Run(ctx context.Context, opt Options, each func(row int, relative float64) error) (*Result, error) {
	result, err := run(ctx, opt, each)
	if err != nil {
		return result, fmt.Errorf("backbone check: %w", err)
	}
	return result, nil
}

func run(ctx context.Context, opt Options, each func(int, float64) error) (*Result, error) {
	reference, err := openArchive(opt.Reference)
	if err != nil {
		return nil, err
	}
	defer reference.close()
	images, err := openFloats(reference, "input", 4)
	if err != nil {
		return nil, err
	}
	defer images.close()
	want, err := openFloats(reference, "features", 0)
	if err != nil {
		return nil, err
	}
	defer want.close()
	net, err := netFor(opt, images, want)
	if err != nil {
		return nil, err
	}

	batch := batchOf(net.Input())
	worker := net.NewWorker(batch)
	rows, width := images.shape[0], net.Width()
	got, expected := make([]float32, batch*width), make([]float32, batch*width)
	result := &Result{Rows: rows}
	for first := 0; first < rows; first += batch {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n := min(batch, rows-first)
		if err := errors.Join(images.read(worker.Input()[:n*net.Input().Len()]), want.read(expected[:n*width])); err != nil {
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
	if !(result.Worst <= Tolerance) {
		return result, fmt.Errorf("the features are not the reference's: row %d has a relative L2 error of %.3g, the limit is %g", result.WorstRow, result.Worst, Tolerance)
	}
	return result, nil
}

// openFloats opens one of the reference's arrays, which must have the given rank. Rank
// 0 means any from 2 on.
func openFloats(reference *archive, name string, rank int) (*array, error) {
	const want = "want input [N,3,H,W] and features [N,D]"
	a, err := reference.open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, want)
	}
	if rank > 0 && len(a.shape) != rank || len(a.shape) < 2 {
		_ = a.close()
		return nil, fmt.Errorf("%s has the shape %v: %s", name, a.shape, want)
	}
	return a, nil
}

// maxSide bounds the height and width of a reference's images, and with it the
// memory that a header can ask for.
const maxSide = 2048

// batchOf is the number of images to run at a time: fewer if they are large, because
// their activations take more memory.
func batchOf(image graph.Shape) int {
	const most, pixels = 8, 8 * 512 * 512
	return min(max(pixels/(image.H*image.W), 1), most)
}

// netFor compiles the backbone for the size of the reference's images, and makes
// sure that both make as many features.
func netFor(opt Options, images, features *array) (*backbone.Backbone, error) {
	if images.shape[0] < 1 || images.shape[0] != features.shape[0] {
		return nil, fmt.Errorf("%s: input has %d rows and features %d: want as many, and at least one", opt.Reference, images.shape[0], features.shape[0])
	}
	if h, w := images.shape[2], images.shape[3]; h < 1 || w < 1 || h > maxSide || w > maxSide {
		return nil, fmt.Errorf("%s: input %v: want images with sides of 1 to %d", opt.Reference, images.shape, maxSide)
	}
	net, err := backbone.Load(opt.Backbone, graph.Options{Feature: opt.Feature, Height: images.shape[2], Width: images.shape[3]})
	if err != nil {
		return nil, err
	}
	if in := net.Input(); images.shape[1] != in.C {
		return nil, fmt.Errorf("%s: input %v: the model takes images of %d channels", opt.Reference, images.shape, in.C)
	}
	if got := features.rowLen(); got != net.Width() {
		return nil, fmt.Errorf("%s: features %v: the model makes %d per image, in %q; --feature chooses another tensor",
			opt.Reference, features.shape, net.Width(), net.Feature())
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
