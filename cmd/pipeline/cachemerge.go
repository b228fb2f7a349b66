package main

import (
	"context"
	"fmt"

	"featurecache/cache"
)

type cacheMergeCmd struct {
	Sources  []string `arg:"" name:"file" help:"Stores to merge."`
	Into     string   `required:"" placeholder:"FILE" help:"Store to add them to; created if missing."`
	logFlags `embed:""`
}

func (*cacheMergeCmd) Help() string {
	return `Example:
  pipeline cache merge shard-*.db --into features.db

Adds the features of an extraction's shards to one store. With all shards, the store holds what one machine would have computed, bit for bit. Merging again changes nothing. A store of another backbone, transform or seed is refused. Shards and features that are still missing are listed; fit refuses a store until it has all shards.

Exit status: 0 done, even if shards are still missing; 1 failed, or the stores do not match; 2 wrong usage; 75 another run holds a store.`
}

// Run runs the command.
func (c *cacheMergeCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	show, end := c.countProgress(con, log, "features")
	r, err := cache.Merge(ctx, c.Sources, c.Into, show)
	end()
	if err != nil {
		return c.said(log, err)
	}
	fmt.Fprintf(c.results(con), "%s: %s added, %d already present; %s\n", c.Into, count(r.Added, "feature"), r.Same, count(r.Images, "image"))
	for _, root := range r.Apart {
		log.Warn("another data set, or the same one with other files: its features are merged, its images are not", "data", root)
	}
	if missing := r.Shards.Missing(); len(missing) > 0 {
		log.Warn("the store does not have all shards yet", "missing", fmt.Sprint(missing), "of", r.Shards.Count)
	}
	for _, line := range r.Lacks {
		log.Warn("missing", "feature", line)
	}
	if more := r.Gaps - len(r.Lacks); more > 0 {
		log.Warn("more are missing", "features", more)
	}
	return nil
}
