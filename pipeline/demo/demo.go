// Package demo runs the whole pipeline on images and a backbone that it makes itself: [Run]
// needs only an empty folder.
package demo

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"featurecache/extract"
	"featurecache/extract/backbone/randomnet"
	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/train"
)

// The demo's size: large enough that the head learns something that tests can check, small
// enough that the kernels in plain Go finish in seconds.
const (
	demoTrain = 20 // training images per class
	demoVal   = 10 // validation images per class
	demoViews = 5
)

// Result says where the demo put its files, and what its stages returned.
type Result struct {
	Data, Backbone, Cache, Out string
	Views                      int

	First, Second *extract.Summary // the same extraction twice
	Fit           *train.Fitted
}

// Run makes a small image folder and a small ResNet-18 with random weights in dir, extracts
// twice and fits a head. It downloads nothing.
func Run(ctx context.Context, dir string, log *slog.Logger, progress func(extract.Progress), onEpoch func(head.Epoch)) (*Result, error) {
	d := &Result{
		Data:     filepath.Join(dir, "data"),
		Backbone: filepath.Join(dir, "backbone.onnx"),
		Cache:    filepath.Join(dir, "features.db"),
		Out:      filepath.Join(dir, "head"),
		Views:    demoViews,
	}
	if err := WriteImages(d.Data, demoTrain, demoVal); err != nil {
		return nil, fmt.Errorf("demo: make images: %w", err)
	}
	if err := WriteBackbone(d.Backbone); err != nil {
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
	set, err := dataset.Open(d.Cache)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	if d.Fit, err = train.Fit(ctx, set, train.Options{Head: head.DefaultOptions(), OnEpoch: onEpoch}); err != nil {
		return nil, err
	}
	_, err = d.Fit.Write(d.Out)
	return d, err
}

// WriteBackbone writes a small ResNet-18 with random weights as an ONNX file.
func WriteBackbone(path string) error {
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
