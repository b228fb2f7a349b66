package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"featurecache/extract"
)

type extractCmd struct {
	Data     string `required:"" placeholder:"DIR" help:"Image folder: DIR/train/CLASS/… and DIR/val/CLASS/…"`
	Backbone string `placeholder:"FILE" help:"ONNX model; resnet18 if not given and 'backbone fetch resnet18' has fetched it."`
	Cache    string `required:"" placeholder:"FILE" help:"Feature store; made when absent."`

	Views           int      `default:"25" help:"Training views an image: a fresh random crop for each of as many epochs. Validation images get one centre crop."`
	Seed            uint64   `default:"0" help:"Seed of the random crops and flips."`
	Extensions      []string `placeholder:".EXT,…" help:"Take files with these extensions too (.gif: the first frame)."`
	ExifOrientation bool     `help:"Turn photos upright by their EXIF tag. Off as in torchvision."`
	MaxBad          float64  `default:"0.1" help:"Largest bearable share of unreadable images, 0 to 1; above it the exit status is 3."`
	Workers         int      `default:"0" help:"Parallel workers; 0 means one a core."`
	Shard           shard    `placeholder:"I/N" help:"Take only part I of N, from 1 to N, of the images, into a store of its own that 'cache merge' joins with the others. In a Slurm array or a Kubernetes Indexed Job (with JOB_COMPLETIONS set) it is known when not given; 1/1 means all."`
	inputFlags      `embed:""`
	logFlags        `embed:""`
	JSON            bool `help:"End with one JSON object on stdout."`
}

func (*extractCmd) Help() string {
	return `Example:
  pipeline extract --data data/hymenoptera --backbone resnet18.onnx --cache features.db

Computes only what the store lacks: a renamed or moved image costs nothing, an edited one its own views. It can be interrupted and run again at any time. An unreadable image is skipped and listed.

Exit status: 0 done; 1 failed or interrupted; 2 wrong usage; 3 too many unreadable images; 75 another run holds the store.`
}

// Validate refuses values that no run can have.
func (c *extractCmd) Validate() error {
	if c.Views < 1 {
		return fmt.Errorf("--views %d: an image needs at least 1", c.Views)
	}
	if err := c.validateInput(); err != nil {
		return err
	}
	return validateShare("--max-bad", c.MaxBad)
}

// Run carries the command out.
func (c *extractCmd) Run(ctx context.Context, con console) error {
	part, from, err := c.Shard.orFromJob(os.Getenv)
	if err != nil {
		return &usageError{err: err, hint: "Or give --shard I/N."}
	}
	backbone, err := backboneOr(c.Backbone)
	if err != nil {
		return err
	}
	log := c.logger(con)
	if part.Count > 1 {
		log.Info("one shard of the images", "shard", part.Index, "of", part.Count, "from", from)
	}
	show, end := c.progress(con, log)
	opt := extract.Options{
		Data: c.Data, Backbone: backbone, Cache: c.Cache,
		Views: c.Views, Seed: c.Seed, Extensions: c.Extensions, ExifOrientation: c.ExifOrientation,
		MaxBad: c.MaxBad, Workers: c.Workers, Shard: part, Progress: show, Log: log,
	}
	c.set(&opt)
	summary, err := extract.Run(ctx, opt)
	end()
	if summary == nil {
		return c.said(log, err)
	}
	if c.JSON {
		if jsonErr := json.NewEncoder(con.stdout).Encode(summary); jsonErr != nil {
			return jsonErr
		}
		return c.said(log, err)
	}
	printSummary(c.results(con), summary)
	return c.said(log, err)
}

func printSummary(w io.Writer, s *extract.Summary) {
	for _, bad := range s.BadFiles {
		fmt.Fprintf(w, "bad: %s: %s\n", quotePath(bad.Path), bad.Reason)
	}
	fmt.Fprintf(w, "%s (%d bad), %s: %d computed, %d reused, in %s\n",
		count(s.Images, "image"), s.Bad, count(s.Views, "view"), s.Computed, s.Reused, seconds(s.Seconds))
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

func validateShare(flag string, share float64) error {
	if share >= 0 && share <= 1 {
		return nil
	}
	return fmt.Errorf("%s %g: a share is 0 to 1", flag, share)
}
