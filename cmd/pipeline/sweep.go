package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"

	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/train"
)

type sweepCmd struct {
	Cache string `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	Out   string `required:"" placeholder:"DIR" help:"Folder for the best head and its files; created if missing."`

	LR          []float64 `default:"0.0003,0.001,0.003,0.01" help:"Learning rates to try."`
	WeightDecay []float64 `default:"0,0.0001,0.001,0.01" help:"Weight decays to try."`
	Batch       []int     `default:"4,8,16,32" help:"Batch sizes to try."`
	Hidden      []int     `default:"0" help:"Widths of a hidden layer to try; 0 means none."`
	Views       []int     `default:"0" help:"Numbers of training views to try; 0 means all."`
	Random      int       `default:"0" help:"Try this many random points; 0 means every combination. Learning rate and weight decay are drawn between their smallest and largest value, uniformly in the logarithm, or from the list if it has a 0; the others are drawn from their lists."`
	Folds       int       `default:"5" help:"Folds of the cross-validation."`
	trainFlags  `embed:""`

	logFlags `embed:""`
	JSON     bool `help:"Print one JSON object per line: each point as it ends, then the table, best first, with the final fit."`
}

func (*sweepCmd) Help() string {
	return `Example:
  pipeline sweep --cache features.db --out head --lr 0.0003,0.001,0.003 --hidden 0,64

Cross-validates every combination on the training images, and fits the best one on all of them, as fit does. An image's views, and images with the same content, are in the same fold. Each head is evaluated on its fold after the last epoch: no epoch is chosen on held-out images, and --patience applies only to the final fit. Held-out images are evaluated on their evaluation view if the store has it, else on view 1.

The best point is chosen on these folds, so its accuracy there is too optimistic. Judge it by the validation images, which are used only by the final fit, to choose its epoch.

Exit status: 0 done; 1 failed or interrupted; 2 wrong usage; 75 another run holds the store.`
}

// Validate rejects invalid values.
func (c *sweepCmd) Validate() error {
	for flag, n := range map[string]int{
		"--lr": len(c.LR), "--weight-decay": len(c.WeightDecay), "--batch": len(c.Batch), "--hidden": len(c.Hidden), "--views": len(c.Views),
	} {
		if n == 0 {
			return fmt.Errorf("%s: want at least one value", flag)
		}
	}
	for _, v := range c.Views {
		if v < 0 {
			return fmt.Errorf("--views %d: want 0 (all) or more", v)
		}
	}
	if c.Random < 0 {
		return fmt.Errorf("--random %d: want 0 (the grid) or more", c.Random)
	}
	if c.Folds < 2 {
		return fmt.Errorf("--folds %d: want at least 2", c.Folds)
	}
	_, _, err := c.trainOptions()
	return err
}

// Run runs the command.
func (c *sweepCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	return c.said(log, c.sweep(ctx, con, log))
}

func (c *sweepCmd) sweep(ctx context.Context, con console, log *slog.Logger) error {
	opt, balanced, err := c.trainOptions()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(con.stdout)
	show, end := c.countProgress(con, log, "points")
	result, err := c.run(ctx, train.SweepOptions{
		Head: opt, Balanced: balanced, Random: c.Random, Folds: c.Folds,
		Space: head.Space{LR: c.LR, WeightDecay: c.WeightDecay, Batch: c.Batch, Hidden: c.Hidden, Views: c.Views},
		OnRow: func(r head.Row, done, total int) {
			if show(done, total); c.JSON {
				_ = enc.Encode(r) // a closed pipe shows at the end
			}
		},
	})
	end()
	if err != nil {
		return err
	}
	warnOfDoubt(log, result.Fit.Doubt)
	logDuplicates(log, slog.LevelWarn, result.Fit.Duplicates)
	if c.JSON {
		return enc.Encode(result)
	}
	out := c.results(con)
	printRows(out, result.Rows)
	best := result.Rows[0]
	fmt.Fprintf(out, "\n%s × %d folds in %s, evaluated on view %d\n", count(len(result.Rows), "point"), c.Folds, seconds(result.SweepSeconds), result.HeldView)
	fmt.Fprintf(out, "Fitted on all training images: --lr %g --weight-decay %g --batch %d --hidden %d --views %d\n\n",
		best.LR, best.WeightDecay, best.Batch, best.Hidden, best.Views)
	printFit(out, &result.Fit.Result)
	return nil
}

// run sweeps and writes the files. The store is closed before anything is printed: a reader
// such as less may keep the program waiting.
func (c *sweepCmd) run(ctx context.Context, opt train.SweepOptions) (*train.SweepResult, error) {
	set, err := dataset.Open(c.Cache)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	result, err := train.Sweep(ctx, set, opt)
	if err != nil {
		return nil, err
	}
	_, err = result.Fit.Write(c.Out)
	return result, err
}

func printRows(w io.Writer, rows []head.Row) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "acc\tsd\tloss\tlr\tweight decay\tbatch\thidden\tviews\t")
	for _, r := range rows {
		figures := fmt.Sprintf("%.4f\t%.4f\t%.4f", r.Acc, r.SD, r.Loss)
		if r.Err != "" {
			figures = "diverged\t-\t-"
		}
		fmt.Fprintf(t, "%s\t%g\t%g\t%d\t%d\t%d\t\n", figures, r.LR, r.WeightDecay, r.Batch, r.Hidden, r.Views)
	}
	_ = t.Flush()
}
