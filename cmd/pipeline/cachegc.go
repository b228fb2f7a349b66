package main

import (
	"context"
	"fmt"

	"featurecache/cache"
)

type cacheGCCmd struct {
	Cache     string   `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	KeepSpace []string `placeholder:"SPACE,…" help:"Feature spaces to keep besides the last extract's, named as in cache ls."`
	logFlags  `embed:""`
}

func (*cacheGCCmd) Help() string {
	return `Example:
  pipeline cache gc --cache features.db

Keeps the features of the last extract's images in its feature space. Removes all others: those of images that are gone, and of other backbones, transforms and seeds. The new store is written beside the old one and replaces it in one step.

Exit status: 0 done; 1 failed or interrupted, and the store is unchanged; 2 wrong usage; 75 another run holds the store.`
}

// Run runs the command.
func (c *cacheGCCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	keep, err := spacesNamed(c.Cache, c.KeepSpace)
	if err != nil {
		return c.said(log, err)
	}
	show, end := c.countProgress(con, log, "features")
	r, err := cache.GC(ctx, c.Cache, cache.GCOptions{Keep: keep, Timeout: cache.LockTimeout, Progress: show})
	end()
	if err != nil {
		return c.said(log, err)
	}
	fmt.Fprintf(c.results(con), "kept %s in %s, deleted %d in %d; file size %s, was %s\n", count(r.Features, "feature"), count(r.Spaces, "space"),
		r.FeaturesDropped, r.SpacesDropped, byteSize(r.After), byteSize(r.Before))
	return nil
}

// spacesNamed finds spaces by the names that cache ls prints.
func spacesNamed(path string, names []string) ([]cache.SpaceID, error) {
	if len(names) == 0 {
		return nil, nil
	}
	store, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: cache.LockTimeout})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	spaces, err := store.Spaces()
	if err != nil {
		return nil, err
	}
	byName := map[string]cache.SpaceID{}
	for _, s := range spaces {
		byName[s.ID.String()] = s.ID
	}
	var ids []cache.SpaceID
	for _, name := range names {
		id, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("cache gc: %s has no feature space %q: 'cache ls' lists them", path, name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
