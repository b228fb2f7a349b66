package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"featurecache/pipeline/predict"

	"github.com/alecthomas/kong"
)

type predictCmd struct {
	Head     string `required:"" placeholder:"DIR" help:"Folder that fit wrote, or a head.safetensors in it."`
	Backbone string `placeholder:"FILE" help:"ONNX model that the head was trained on; needed for images that the store lacks."`
	Cache    string `placeholder:"FILE" help:"Feature store to look the images up in; stored features are not computed again."`

	JSON        bool     `help:"Print one JSON object per image, instead of a table (on a terminal) or tab-separated lines."`
	CSV         bool     `help:"Print CSV with a header line, instead of a table or tab-separated lines."`
	Threshold   []string `sep:"none" placeholder:"P|CLASS=P" help:"Mark predictions below the probability P as unsure. With CLASS=P, predict CLASS if its probability is P or more, even if another class is likelier; mark CLASS below P as unsure. Can be repeated."`
	Null        bool     `short:"0" help:"Paths on stdin end with a NUL byte, as from find -print0, instead of a newline."`
	maxBadFlag  `embed:""`
	workersFlag `embed:""`
	Images      []string `arg:"" name:"image" help:"Image files, folders to search for images, or - to read paths from stdin."`

	thresholds []predict.Threshold
}

func (*predictCmd) Help() string {
	return `Example:
  pipeline predict --head head --backbone resnet18.onnx photo.jpg uploads/
  find uploads -newer last -print0 | pipeline predict --head head --backbone resnet18.onnx --json -0 -

Prints answers in the order of the images, as soon as it can. A million paths take no more memory than one. JSON objects have path, class, probability, probabilities, and unsure where --threshold says so; CSV has path, class, probability, unsure and probability_CLASS for each class. An unreadable image is skipped, and named on stderr.

With --cache, an image whose features are stored is not decoded: scoring an archive again takes as long as reading it, and needs no --backbone if all features are stored. No extract can write to the store meanwhile.

A path that is not UTF-8 is written as a Go string literal, "caf\xe9.jpg".

Exit status: 0 done; 1 failed or interrupted; 2 wrong usage; 3 too many unreadable images; 75 another run holds the store.`
}

// Validate rejects invalid values.
func (c *predictCmd) Validate(parsed *kong.Context) error {
	switch {
	case given(parsed, "json") && given(parsed, "csv"):
		return errors.New("--json and --csv: choose one")
	case given(parsed, "json"):
		c.CSV = false // set by a variable or a file
	case c.CSV:
		c.JSON = false
	}
	for _, s := range c.Threshold {
		t, err := predict.ParseThreshold(s)
		if err != nil {
			return fmt.Errorf("--threshold %w", err)
		}
		c.thresholds = append(c.thresholds, t)
	}
	if c.Head != "" && c.Backbone == "" && c.Cache == "" { // the parser itself misses --head
		return errors.New("missing flags: --backbone=FILE, or --cache=FILE if it has all the images")
	}
	return validateShare("--max-bad", c.MaxBad)
}

// Run runs the command.
func (c *predictCmd) Run(ctx context.Context, con console) error {
	out := c.answers(con.stdout)
	return predict.Run(ctx, predict.Options{
		Head: c.Head, Backbone: c.Backbone, Cache: c.Cache,
		Images: c.Images, List: os.Stdin, Null: c.Null,
		Thresholds: c.thresholds, MaxBad: c.MaxBad, Workers: c.Workers,
	}, out.begin, func(p predict.Prediction) error {
		if p.Err != nil {
			fmt.Fprintf(con.stderr, "bad: %s: %v\n", quotePath(p.Path), p.Err)
			return nil
		}
		return out.answer(p)
	})
}
