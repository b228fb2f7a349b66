package main

import (
	"context"
	"encoding/json"
	"fmt"

	"featurecache/pipeline"
)

type predictCmd struct {
	Head     string   `required:"" placeholder:"DIR" help:"Folder that fit wrote, or a head.safetensors in it."`
	Backbone string   `required:"" placeholder:"FILE" help:"ONNX model that the head's features came from."`
	MaxBad   float64  `default:"0.1" help:"Largest bearable share of unreadable images, 0 to 1; above it the exit status is 3."`
	Workers  int      `default:"0" help:"Parallel workers; 0 means one a core."`
	JSON     bool     `help:"One JSON object a line: path, class, probability, probabilities."`
	Images   []string `arg:"" name:"image" help:"Image files, or folders to search for them."`
}

func (*predictCmd) Help() string {
	return `Example:
  pipeline predict --head head --backbone resnet18.onnx photo.jpg uploads/

Prints path, class and probability, separated by tabs, in the order asked for. An unreadable image is said on stderr and skipped.

Exit status: 0 done; 1 failed; 2 wrong usage; 3 too many unreadable images.`
}

// Validate refuses values that no run can have.
func (c *predictCmd) Validate() error { return validateShare("--max-bad", c.MaxBad) }

// Run carries the command out.
func (c *predictCmd) Run(ctx context.Context, con console) error {
	enc := json.NewEncoder(con.stdout)
	return pipeline.Predict(ctx, pipeline.PredictOptions{
		Head: c.Head, Backbone: c.Backbone, Images: c.Images, MaxBad: c.MaxBad, Workers: c.Workers,
	}, func(p pipeline.Prediction) error {
		if p.Err != nil {
			fmt.Fprintf(con.stderr, "bad: %s: %v\n", quotePath(p.Path), p.Err)
			return nil
		}
		if c.JSON {
			return enc.Encode(p)
		}
		_, err := fmt.Fprintf(con.stdout, "%s\t%s\t%.4f\n", quotePath(p.Path), p.Class, p.Probability)
		return err
	})
}
