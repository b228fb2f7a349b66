package pipeline

import (
	"context"
	"fmt"
	"io"
	"os"

	"featurecache/extract"
)

// PredictOptions say what to classify with what.
type PredictOptions struct {
	Head     string // the folder that Fit wrote, or the safetensors file
	Backbone string // the ONNX model's file, the same that extract used; "" if all features are stored
	Cache    string // a store to look features up in; "" for none

	Images []string  // files, folders to search for images, and "-" for List
	List   io.Reader // paths of files and folders, a line each
	Null   bool      // List has NUL bytes after the paths, not newlines

	Thresholds []Threshold
	MaxBad     float64 // the largest bearable share of unreadable images, 0–1
	Workers    int     // 0: one a core
}

// Prediction is what the head says of one image.
type Prediction struct {
	Path          string             `json:"path"`
	Class         string             `json:"class"`
	Probability   float32            `json:"probability"`      // of Class
	Unsure        bool               `json:"unsure,omitempty"` // below the threshold that holds for Class
	Probabilities map[string]float32 `json:"probabilities"`    // of every class
	Err           error              `json:"-"`                // why the image can't be used; the fields above mean nothing then
}

// Predict classifies images and calls each for every one, in the order in which
// they are named, folders in the order of their files' names. It first calls begin
// with the names of the classes, in the head's order. Memory does not grow with
// the number of images. Features that the store has are not computed again, and if
// it has them all the backbone is not even read.
//
// Its error wraps [extract.ErrTooManyBad] when too many could not be used, and
// [ErrMismatch].
func Predict(ctx context.Context, opt PredictOptions, begin func(classes []string), each func(Prediction) error) error {
	if err := predict(ctx, opt, begin, each); err != nil {
		return fmt.Errorf("predict: %w", err)
	}
	return nil
}

func predict(ctx context.Context, opt PredictOptions, begin func([]string), each func(Prediction) error) error {
	trained, err := openHead(opt.Head)
	if err != nil {
		return err
	}
	rule, err := newRule(trained.Classes, opt.Thresholds)
	if err != nil {
		return err
	}
	evaluator := &extract.Evaluator{Workers: opt.Workers, Single: isFile(opt.Images)}
	if opt.Backbone != "" {
		evaluator.Load = func() (*extract.Network, error) { return trained.network(opt.Backbone) }
	}
	if opt.Cache != "" {
		stored, err := openStored(opt.Cache, trained)
		if err != nil {
			return err
		}
		defer stored.close()
		evaluator.Stored = stored.lookUp
	}
	begin(trained.Classes)
	images, bad := 0, 0
	probabilities := make([]float32, len(trained.Classes))
	source := pathSource{names: opt.Images, list: opt.List, null: opt.Null}
	err = evaluator.Run(ctx, source.paths, func(path string, feature []float32, err error) error {
		images++
		if err != nil {
			bad++
			return each(Prediction{Path: path, Err: err})
		}
		trained.Probabilities(probabilities, feature)
		return each(rule.prediction(path, probabilities))
	})
	if err != nil {
		return err
	}
	if source.err != nil {
		return source.err
	}
	return extract.CheckBad(bad, images, opt.MaxBad)
}

// isFile reports whether names are one file: neither several, nor a folder or a list.
func isFile(names []string) bool {
	if len(names) != 1 {
		return false
	}
	info, err := os.Stat(names[0])
	return err == nil && info.Mode().IsRegular()
}
