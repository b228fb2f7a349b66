package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"featurecache/cache"
	"featurecache/pipeline"

	"github.com/alecthomas/kong"
)

type cacheVerifyCmd struct {
	Cache       string `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	Recompute   share  `placeholder:"1%" help:"Make this share of the last extract's features again and compare them bit for bit; needs --backbone, and the images where they were."`
	Backbone    string `placeholder:"FILE" help:"ONNX model that the features came from."`
	workersFlag `embed:""`
	Repair      bool `help:"If the store is damaged, set it aside and keep what is whole in a new one."`
	logFlags    `embed:""`
}

func (*cacheVerifyCmd) Help() string {
	return `Example:
  pipeline cache verify --cache features.db --recompute 1% --backbone resnet18.onnx

Checks the file's structure and every checksum. The sample of --recompute is the same every time. Images that are gone or have changed since are listed; they prove nothing.

What --repair can't keep, the next extract computes again; extract and run repair by themselves what they meet.

Exit status: 0 whole and equal, or repaired; 1 damaged, or other bits; 2 wrong usage; 75 another run holds the store.`
}

// Validate refuses combinations that mean nothing.
func (c *cacheVerifyCmd) Validate(parsed *kong.Context) error {
	if c.Recompute > 0 && c.Backbone == "" || c.Recompute == 0 && given(parsed, "backbone") {
		return errors.New("--recompute and --backbone go together")
	}
	return nil
}

// Run carries the command out.
func (c *cacheVerifyCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	show, end := c.counting(con, log, "verify")
	r, err := pipeline.Verify(ctx, pipeline.VerifyOptions{
		Cache: c.Cache, Backbone: c.Backbone, Share: float64(c.Recompute), Workers: c.Workers, Repair: c.Repair, Progress: show,
	})
	end()
	if r == nil {
		return c.said(log, err)
	}
	out := c.results(con)
	for _, problem := range r.Problems {
		fmt.Fprintln(out, "damaged:", problem)
	}
	for _, line := range r.Missing {
		fmt.Fprintln(out, "not compared:", quotePath(line))
	}
	for _, line := range r.Differ {
		fmt.Fprintln(out, "other bits:", quotePath(line))
	}
	if r.Repaired == nil || len(r.Problems) > 0 { // else it could not even be opened
		fmt.Fprintf(out, "%s in %s of %s, %s: %s\n", count(r.Features, "feature"), count(r.Blocks, "block"),
			count(r.Spaces, "space"), count(r.Scans, "scan"), found(len(r.Problems), "problem"))
	}
	if c.Recompute > 0 && (err == nil || len(r.Differ) > 0) {
		fmt.Fprintf(out, "%s made again: %s\n", count(r.Remade, "feature"), found(len(r.Differ), "difference"))
	}
	if r.Repaired != nil {
		fmt.Fprintf(out, "repaired: %s kept, the damaged file is %s; extract again to compute the rest\n",
			count(r.Repaired.Features, "feature"), quotePath(r.Repaired.Aside))
	}
	return c.said(log, err)
}

func found(n int, thing string) string {
	if n == 0 {
		return "no " + thing
	}
	return count(n, thing)
}

// share is a part of a whole on the command line: 1% or 0.01.
type share float64

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *share) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(string(text), "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return fmt.Errorf("%q is not a share: want 0%% to 100%%, or 0 to 1", text)
	}
	*s = share(v)
	return nil
}

type cacheGCCmd struct {
	Cache     string   `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	KeepSpace []string `placeholder:"SPACE,…" help:"Spaces to keep besides the last extract's, as cache ls names them."`
	logFlags  `embed:""`
}

func (*cacheGCCmd) Help() string {
	return `Example:
  pipeline cache gc --cache features.db

Keeps the features of the last extract's images in the last extract's space, and drops all others: of images that are gone, and of other backbones, transforms and seeds. The store is written anew beside the old one, which it replaces in one step.

Exit status: 0 done; 1 failed or interrupted, and nothing is lost; 2 wrong usage; 75 another run holds the store.`
}

// Run carries the command out.
func (c *cacheGCCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	keep, err := spacesNamed(c.Cache, c.KeepSpace)
	if err != nil {
		return c.said(log, err)
	}
	show, end := c.counting(con, log, "features")
	r, err := cache.GC(ctx, c.Cache, cache.GCOptions{Keep: keep, Timeout: lockTimeout, Progress: show})
	end()
	if err != nil {
		return c.said(log, err)
	}
	fmt.Fprintf(c.results(con), "kept %s in %s, dropped %d in %d; %s became %s\n", count(r.Features, "feature"), count(r.Spaces, "space"),
		r.FeaturesDropped, r.SpacesDropped, byteSize(r.Before), byteSize(r.After))
	return nil
}

// spacesNamed finds spaces by the names that cache ls prints.
func spacesNamed(path string, names []string) ([]cache.SpaceID, error) {
	if len(names) == 0 {
		return nil, nil
	}
	store, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: lockTimeout})
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
			return nil, fmt.Errorf("%s has no space %q: cache ls lists them", path, name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

type cacheMergeCmd struct {
	Sources  []string `arg:"" name:"file" help:"Stores of the shards."`
	Into     string   `required:"" placeholder:"FILE" help:"Store to add them to; made when absent."`
	logFlags `embed:""`
}

func (*cacheMergeCmd) Help() string {
	return `Example:
  pipeline cache merge shard-*.db --into features.db

Adds what the stores of an extraction's shards have to one, which then holds what one machine would have computed, bit for bit. Merging again changes nothing. Stores of another backbone, transform or seed are refused. Shards and features that are still missing are named; fit waits for all shards.

Exit status: 0 done, gaps or not; 1 failed, or the stores don't fit together; 2 wrong usage; 75 another run holds a store.`
}

// Run carries the command out.
func (c *cacheMergeCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	show, end := c.counting(con, log, "features")
	r, err := pipeline.MergeStores(ctx, c.Sources, c.Into, show)
	end()
	if err != nil {
		return c.said(log, err)
	}
	fmt.Fprintf(c.results(con), "%s: %s added, %d were there; %s\n", c.Into, count(r.Added, "feature"), r.Same, count(r.Images, "image"))
	for _, root := range r.Apart {
		log.Warn("another data set, or the same in another state: its features are in, its images are not", "data", root)
	}
	if missing := r.Shards.Missing(); len(missing) > 0 {
		log.Warn("not all shards are there", "missing", fmt.Sprint(missing), "of", r.Shards.Count)
	}
	for _, line := range r.Lacks {
		log.Warn("missing", "feature", line)
	}
	if more := r.Gaps - len(r.Lacks); more > 0 {
		log.Warn("more are missing", "features", more)
	}
	return nil
}
