package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"featurecache/extract"
)

type extractCmd struct {
	extractFlags `embed:""`
	Shard        shard `placeholder:"I/N" help:"Extract only shard I (1 to N) of N, into a store of its own; 'cache merge' joins the stores. By default a Slurm array or a Kubernetes Indexed Job (with JOB_COMPLETIONS set) decides; 1/1 means all images."`
	logFlags     `embed:""`
	JSON         bool `help:"Print one JSON object at the end."`
}

func (*extractCmd) Help() string {
	return `Example:
  pipeline extract --data data/hymenoptera --backbone resnet18.onnx --cache features.db

Computes only the features that the store lacks: none for a renamed or moved image, and for an edited one only its own. It can be interrupted and run again at any time. An unreadable image is skipped and listed. Images with the same bytes in train and val, or in two classes, are a warning; "duplicates" of --json has their numbers and first paths.

Exit status: 0 done; 1 failed or interrupted; 2 wrong usage; 3 too many unreadable images; 75 another run holds the store.`
}

// Validate rejects invalid values.
func (c *extractCmd) Validate() error {
	return c.validate()
}

// Run runs the command.
func (c *extractCmd) Run(ctx context.Context, con console) error {
	part, from, err := c.Shard.orFromJob(os.Getenv)
	if err != nil {
		return &usageError{err: err, hint: "Set the variable, or give --shard I/N."}
	}
	opt, err := c.options()
	if err != nil {
		return err
	}
	log := c.logger(con)
	if part.Count > 1 {
		log.Info("one shard of the images", "shard", part.Index, "of", part.Count, "from", from)
	}
	show, end := c.extractProgress(con, log)
	opt.Shard, opt.Progress, opt.Log = part, show, log
	summary, err := extract.Run(ctx, opt)
	end()
	if summary == nil {
		return c.said(log, err)
	}
	logDuplicates(log, slog.LevelWarn, summary.Duplicates)
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
