package pipeline

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"featurecache/extract"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/imagefolder"
	"featurecache/extract/view"
	"featurecache/head"
)

// ErrMismatch is returned when a head was trained on features that the backbone,
// or this version of the program, does not make.
var ErrMismatch = errors.New("the head does not fit")

// PredictOptions say what to classify with what.
type PredictOptions struct {
	Head     string   // the folder that Fit wrote, or the safetensors file
	Backbone string   // the ONNX model's file, the same that extract used
	Images   []string // files, and folders to search for images
	MaxBad   float64  // the largest bearable share of unreadable images, 0–1
	Workers  int      // 0: one a core
}

// Prediction is what the head says of one image.
type Prediction struct {
	Path          string             `json:"path"`
	Class         string             `json:"class"`
	Probability   float64            `json:"probability"`   // of Class
	Probabilities map[string]float64 `json:"probabilities"` // of every class
	Err           error              `json:"-"`             // why the image can't be used; the fields above mean nothing then
}

// Predict classifies images and calls each for every one, in the order in which
// they are named, folders in the order of their files' names. Its error wraps
// [extract.ErrTooManyBad] when too many could not be used, and [ErrMismatch].
func Predict(ctx context.Context, opt PredictOptions, each func(Prediction) error) error {
	if err := predict(ctx, opt, each); err != nil {
		return fmt.Errorf("predict: %w", err)
	}
	return nil
}

func predict(ctx context.Context, opt PredictOptions, each func(Prediction) error) error {
	trained, evaluator, err := loadPredictor(opt)
	if err != nil {
		return err
	}
	paths, err := listImages(opt.Images)
	if err != nil {
		return err
	}
	bad := 0
	probabilities := make([]float32, len(trained.Classes))
	err = evaluator.Run(ctx, paths, func(i int, feature []float32, err error) error {
		if err != nil {
			bad++
			return each(Prediction{Path: paths[i], Err: err})
		}
		trained.Probabilities(probabilities, feature)
		return each(newPrediction(paths[i], trained.Classes, probabilities))
	})
	if err != nil {
		return err
	}
	return extract.CheckBad(bad, len(paths), opt.MaxBad)
}

func newPrediction(path string, classes []string, probabilities []float32) Prediction {
	p := Prediction{Path: path, Probabilities: make(map[string]float64, len(classes))}
	for c, class := range classes {
		v := float64(probabilities[c])
		p.Probabilities[class] = v
		if c == 0 || v > p.Probability {
			p.Class, p.Probability = class, v
		}
	}
	return p
}

// loadPredictor loads the head and the backbone and makes sure that they belong
// together: a head on another network's features gives confident nonsense.
func loadPredictor(opt PredictOptions) (*head.Head, *extract.Evaluator, error) {
	path := opt.Head
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, headFile)
	}
	trained, err := head.Load(path)
	if err != nil {
		return nil, nil, err
	}
	if len(trained.Classes) != len(trained.Bias) {
		return nil, nil, fmt.Errorf("%w: %s does not name its classes", ErrMismatch, path)
	}
	model, err := graph.Load(opt.Backbone, graph.Options{})
	if err != nil {
		return nil, nil, err
	}
	transform, err := checkFit(trained, model)
	if err != nil {
		return nil, nil, fmt.Errorf("%s on %s: %w", path, opt.Backbone, err)
	}
	net, err := backbone.Compile(model)
	if err != nil {
		return nil, nil, err
	}
	return trained, &extract.Evaluator{Net: net, Transform: transform, Workers: opt.Workers}, nil
}

func checkFit(trained *head.Head, model *graph.Graph) (view.Transform, error) {
	none := view.Transform{}
	if got := hex.EncodeToString(model.Hash[:]); got != trained.Meta[metaBackbone] {
		return none, fmt.Errorf("%w: it was trained on features of %s with SHA-256 %.12s…, and this model has %.12s…",
			ErrMismatch, trained.Meta[metaModel], trained.Meta[metaBackbone], got)
	}
	if width := model.Features.Shape.Len(); width != trained.In {
		return none, fmt.Errorf("%w: it reads %d features and the model makes %d", ErrMismatch, trained.In, width)
	}
	seed, err := strconv.ParseUint(trained.Meta[metaSeed], 10, 64)
	if err != nil {
		return none, fmt.Errorf("%w: its metadata has no %s", ErrMismatch, metaSeed)
	}
	transform, ok := extract.TransformNamed(model, trained.Meta[metaTransform], seed)
	if !ok || trained.Meta[metaNumerics] != backbone.Numerics {
		return none, fmt.Errorf("%w: another version of this program made the features it was trained on; run extract and fit again", ErrMismatch)
	}
	return transform, nil
}

// listImages replaces folders by the image files in them and below.
func listImages(names []string) ([]string, error) {
	var paths []string
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() {
			paths = append(paths, name) // a missing file is a bad image like any other
			continue
		}
		found := len(paths)
		err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && imagefolder.IsImage(path) {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(paths) == found {
			return nil, fmt.Errorf("no image in %s", name)
		}
	}
	return paths, nil
}
