package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"featurecache/extract"
	"featurecache/extract/backbone/randomnet"
	"featurecache/head"
)

// The demonstration's size: enough that the head learns something that can be
// checked, little enough that plain Go kernels finish in seconds.
const (
	demoTrain = 20 // training images a class
	demoVal   = 10 // validation images a class
	demoViews = 5
)

// Demo is where the demonstration put its files, and what came of it.
type Demo struct {
	Data, Backbone, Cache, Out string
	Views                      int

	First, Second *extract.Summary // the same extraction twice
	Fit           *FitResult
}

// RunDemo makes a small image set and a small random ResNet-18 in dir, and runs
// both stages on them. Nothing is downloaded.
func RunDemo(ctx context.Context, dir string, log *slog.Logger, progress func(extract.Progress), onEpoch func(head.Epoch)) (*Demo, error) {
	d := &Demo{
		Data:     filepath.Join(dir, "data"),
		Backbone: filepath.Join(dir, "backbone.onnx"),
		Cache:    filepath.Join(dir, "features.db"),
		Out:      filepath.Join(dir, "head"),
		Views:    demoViews,
	}
	if err := writeDemoImages(d.Data, demoTrain, demoVal); err != nil {
		return nil, fmt.Errorf("demo: make images: %w", err)
	}
	if err := writeDemoBackbone(d.Backbone); err != nil {
		return nil, fmt.Errorf("demo: make a backbone: %w", err)
	}
	for _, summary := range []**extract.Summary{&d.First, &d.Second} {
		s, err := extract.Run(ctx, extract.Options{
			Data: d.Data, Backbone: d.Backbone, Cache: d.Cache, Views: d.Views, Log: log, Progress: progress,
		})
		if err != nil {
			return nil, err
		}
		*summary = s
	}
	var err error
	d.Fit, err = Fit(ctx, FitOptions{Cache: d.Cache, Out: d.Out, Head: head.DefaultOptions(), OnEpoch: onEpoch})
	return d, err
}

func writeDemoBackbone(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = randomnet.WriteResNet(f, randomnet.Options{
		Blocks: []int{2, 2, 2, 2}, Width: 16, InputSize: 224, Classes: 10, Seed: 18,
	})
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
