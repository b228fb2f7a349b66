package main

import (
	"context"

	"featurecache/pipeline"
)

type exportCmd struct {
	Cache  string `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	Format string `required:"" enum:"npz" help:"npz: NumPy arrays features, labels, split, view, paths, classes."`
	Out    string `required:"" placeholder:"FILE" help:"File to write."`
}

func (*exportCmd) Help() string {
	return `Example:
  pipeline export --cache features.db --format npz --out features.npz

Writes the features of the last extract: features [N,512] float32, labels [N] int64, split [N] (0 train, 1 val) and view [N] int32, paths [N], classes [C].

Exit status: 0 done; 1 failed; 2 wrong usage; 75 another run holds the store.`
}

// Run carries the command out.
func (c *exportCmd) Run(ctx context.Context) error {
	return pipeline.ExportNpz(ctx, c.Cache, c.Out)
}
