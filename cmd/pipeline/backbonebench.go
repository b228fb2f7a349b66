package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"time"

	"featurecache/extract"
	"featurecache/extract/backbone"
)

type backboneBenchCmd struct {
	modelFlags `embed:""`

	ForwardBatch int     `default:"8" help:"Images per forward pass."`
	Workers      int     `default:"1" help:"Parallel workers, each with its own forward passes; 0 means one per core."`
	Seconds      float64 `default:"4" help:"Time to measure for."`
	JSON         bool    `help:"Print one JSON object."`
}

func (*backboneBenchCmd) Help() string {
	return `Example:
  pipeline backbone bench --backbone resnet18.onnx --workers 2

Prints milliseconds per image: the minimum and the median of all batches.

Exit status: 0 done; 1 failed; 2 wrong usage.`
}

// Validate refuses values that can't be measured with.
func (c *backboneBenchCmd) Validate() error {
	const most = 1024
	switch {
	case c.ForwardBatch < 1 || c.ForwardBatch > most:
		return fmt.Errorf("--forward-batch %d: want 1 to %d", c.ForwardBatch, most)
	case c.Workers < 0 || c.Workers > most:
		return fmt.Errorf("--workers %d: want 0 to %d", c.Workers, most)
	case !(c.Seconds > 0 && c.Seconds <= math.MaxInt32):
		return fmt.Errorf("--seconds %g: want more than 0", c.Seconds)
	}
	return nil
}

// Run runs the command.
func (c *backboneBenchCmd) Run(con console) error {
	net, err := backbone.Load(c.Backbone, extract.ModelOptions(c.Backbone, c.Feature, 0))
	if err != nil {
		return err
	}
	r := net.Bench(backbone.BenchOptions{Batch: c.ForwardBatch, Workers: cmp.Or(c.Workers, runtime.GOMAXPROCS(0)), Time: time.Duration(c.Seconds * float64(time.Second))})
	if c.JSON {
		return json.NewEncoder(con.stdout).Encode(r)
	}
	fmt.Fprintf(con.stdout, "%.2f ms per image at best, median %.2f; %s of %d, %s kernels\n",
		r.MsMin, r.MsMedian, count(r.Threads, "worker"), r.Batch, r.Kernel)
	return nil
}
