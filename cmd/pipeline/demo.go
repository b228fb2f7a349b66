package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"featurecache/head"
	"featurecache/pipeline/demo"
)

type demoCmd struct {
	Dir      string `placeholder:"DIR" help:"Folder to work in, empty or absent; by default a new one in the system's temporary folder."`
	logFlags `embed:""`
}

func (*demoCmd) Help() string {
	return `Example:
  pipeline demo

Makes a small set of images of two classes and a small ResNet-18 with random weights, extracts features twice (the second time there is nothing to do), trains the head, and prints where everything is. It needs no network connection.

Exit status: 0 done; 1 failed; 2 wrong usage.`
}

// Run runs the command.
func (c *demoCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	return c.said(log, c.demo(ctx, con, log))
}

func (c *demoCmd) demo(ctx context.Context, con console, log *slog.Logger) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	began := time.Now()
	show, end := c.extractProgress(con, log)
	last := head.Epoch{}
	epochs := head.DefaultOptions().Epochs
	// The demo says itself what it does, so of the log only warnings are shown.
	warnings := (&logFlags{Quiet: true, LogFormat: c.LogFormat}).logger(con)
	made, err := demo.Run(ctx, dir, warnings, show, func(e head.Epoch) { last = e })
	end()
	if err != nil {
		return err
	}
	out := c.results(con)
	fmt.Fprintf(out, "Made %s: %d images of two classes, and a ResNet-18 with random weights.\n\n", dir, made.First.Images)
	step(out, "pipeline extract", "--data", made.Data, "--backbone", made.Backbone, "--cache", made.Cache, "--views", fmt.Sprint(made.Views))
	printSummary(out, made.First)
	fmt.Fprintln(out, "\nThe same again, and nothing is left to compute:")
	printSummary(out, made.Second)
	fmt.Fprintln(out)
	step(out, "pipeline fit", "--cache", made.Cache, "--out", made.Out)
	fmt.Fprintln(out, "…")
	printEpoch(out, last, epochs)
	printFit(out, &made.Fit.Result)
	fmt.Fprintf(out, "\nFeatures: %s\nHead:     %s\nAll of it took %s.\n", made.Cache, made.Fit.HeadFile, time.Since(began).Round(10*time.Millisecond))
	return nil
}

func step(w io.Writer, words ...string) {
	fmt.Fprintln(w, "$", strings.Join(words, " "))
}

// dir returns the folder to work in, made and empty.
func (c *demoCmd) dir() (string, error) {
	if c.Dir == "" {
		return os.MkdirTemp("", "pipeline-demo-")
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("demo: %s is not empty: choose another --dir", c.Dir)
	}
	return c.Dir, nil
}
