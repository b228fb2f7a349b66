package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"featurecache/extract"
)

type cacheVerifyCmd struct {
	Cache       string `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	Recompute   share  `placeholder:"1%" help:"Recompute this share of the last extract's features and compare them bit for bit; needs --backbone and the images in their places."`
	Backbone    string `placeholder:"FILE" help:"ONNX model that the features came from."`
	workersFlag `embed:""`
	Repair      bool `help:"If the store is damaged, set it aside and copy what is undamaged into a new one."`
	logFlags    `embed:""`
}

func (*cacheVerifyCmd) Help() string {
	return `Example:
  pipeline cache verify --cache features.db --recompute 1% --backbone resnet18.onnx

Checks the file's structure and every checksum. The sample of --recompute is the same every time. Images that have been removed or changed are listed and not compared.

The next extract recomputes what --repair could not keep. extract and run repair a damaged store by themselves.

Exit status: 0 whole and equal, or repaired; 1 damaged, or features differ; 2 wrong usage; 75 another run holds the store.`
}

// Validate refuses --recompute without --backbone, and the reverse.
func (c *cacheVerifyCmd) Validate(parsed *kong.Context) error {
	if c.Recompute > 0 && c.Backbone == "" || c.Recompute == 0 && given(parsed, "backbone") {
		return errors.New("--recompute and --backbone go together")
	}
	return nil
}

// Run runs the command.
func (c *cacheVerifyCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	show, end := c.countProgress(con, log, "verify")
	r, err := extract.Verify(ctx, extract.VerifyOptions{
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
		fmt.Fprintln(out, "differs:", quotePath(line))
	}
	if r.Repaired == nil || len(r.Problems) > 0 { // else it could not be opened
		fmt.Fprintf(out, "%s in %s of %s, %s: %s\n", count(r.Features, "feature"), count(r.Blocks, "block"),
			count(r.Spaces, "space"), count(r.Scans, "scan"), found(len(r.Problems), "problem"))
	}
	if c.Recompute > 0 && (err == nil || len(r.Differ) > 0) {
		fmt.Fprintf(out, "%s recomputed: %s\n", count(r.Remade, "feature"), found(len(r.Differ), "difference"))
	}
	if r.Repaired != nil {
		fmt.Fprintf(out, "repaired: %s kept, the damaged file is now %s; extract again to recompute the rest\n",
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
