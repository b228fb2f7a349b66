// Package predict classifies images with a trained head: [Run] takes files, folders and
// lists of paths.
package predict

import (
	"context"
	"fmt"
	"io"
	"os"

	"featurecache/extract"
	"featurecache/pipeline/trained"
)

// Options say what to classify, and with what.
type Options struct {
	Head     string // the folder that fit wrote, or the safetensors file in it
	Backbone string // the ONNX model that extract used; "": every feature must be in Cache
	Cache    string // a store to look features up in; "": none

	Images []string  // files, folders to search for images, and "-" for List
	List   io.Reader // paths of files and folders, one on each line
	Null   bool      // paths in List end with NUL bytes instead of newlines

	Thresholds []Threshold
	MaxBad     float64 // largest share of unreadable images that is no error, 0–1
	Workers    int     // 0: one per core
}

// Prediction is the head's answer for one image.
type Prediction struct {
	Path          string             `json:"path"`
	Class         string             `json:"class"`
	Probability   float32            `json:"probability"`      // of Class
	Unsure        bool               `json:"unsure,omitempty"` // below the threshold that holds for Class
	Probabilities map[string]float32 `json:"probabilities"`    // of every class
	Err           error              `json:"-"`                // why the image could not be used; then only Path is set
}

// Run classifies images. It first calls begin with the names of the classes, in the
// head's order, and then each once per image, in the order of Images; the files of a
// folder come in the order of their names. Memory does not grow with the number of images.
// Features in the store are not computed again; if all are there, the backbone is not read.
//
// It is an error if the head was trained on another backbone's features. If too many images
// could not be used, the error wraps [extract.ErrTooManyBad].
func Run(ctx context.Context, opt Options, begin func(classes []string), each func(Prediction) error) error {
	if err := predict(ctx, opt, begin, each); err != nil {
		return fmt.Errorf("predict: %w", err)
	}
	return nil
}

func predict(ctx context.Context, opt Options, begin func([]string), each func(Prediction) error) error {
	h, err := trained.Load(opt.Head)
	if err != nil {
		return err
	}
	rule, err := newRule(h.Classes, opt.Thresholds)
	if err != nil {
		return err
	}
	evaluator := &extract.Evaluator{Workers: opt.Workers, Single: isFile(opt.Images)}
	if opt.Backbone != "" {
		evaluator.Load = func() (*extract.Network, error) { return h.Network(opt.Backbone) }
	}
	if opt.Cache != "" {
		stored, err := openStored(opt.Cache, h)
		if err != nil {
			return err
		}
		defer stored.close()
		evaluator.Stored = stored.lookUp
	}
	begin(h.Classes)
	images, bad := 0, 0
	probabilities := make([]float32, len(h.Classes))
	source := pathSource{names: opt.Images, list: opt.List, null: opt.Null}
	err = evaluator.Run(ctx, source.paths, func(path string, feature []float32, err error) error {
		images++
		if err != nil {
			bad++
			return each(Prediction{Path: path, Err: err})
		}
		h.Probabilities(probabilities, feature)
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

// isFile reports whether names is a single regular file.
func isFile(names []string) bool {
	if len(names) != 1 {
		return false
	}
	info, err := os.Stat(names[0])
	return err == nil && info.Mode().IsRegular()
}
