package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"runtime/debug"

	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/train"
)

type fitCmd struct {
	Cache string `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	Out   string `required:"" placeholder:"DIR" help:"Folder for the head and its files; created if missing."`

	Views     int `default:"0" help:"Number of views of each image to train on, from view 1; 0 means all in the store."`
	headFlags `embed:""`
	logFlags  `embed:""`
	JSON      bool `help:"Print one JSON object at the end instead of text."`
}

func (*fitCmd) Help() string {
	return `Example:
  pipeline fit --cache features.db --out head

Trains a fully connected layer with cross-entropy and SGD, drops the learning rate by --gamma every --step epochs, and keeps the weights of the epoch with the best validation accuracy. The options mean what they mean in PyTorch, and the defaults are those of its transfer-learning tutorial.

--seeds separates luck from skill: it prints the mean of the best validation accuracies, their standard deviation, and the 95 % interval of the mean: a score interval (Wilson's, with Student's t), which stays within 0 and 1. It keeps the head with the median accuracy (equal ones by their loss). Choosing the median does not inflate the accuracy; the price is that a truly better head may be discarded.

Images with the same bytes in train and val, or in two classes, are a warning, and "duplicates" in --json and history.json.

--max-memory changes nothing as long as the features fit. When they don't, each epoch reads random blocks of up to 512 neighbouring images, as many as fit, and shuffles them together. The order is a little less random, but the same seed and limit give the same order.

Exit status: 0 done; 1 failed or interrupted; 2 wrong usage; 75 another run holds the store.`
}

// Validate rejects invalid values.
func (c *fitCmd) Validate() error {
	if c.Views < 0 {
		return fmt.Errorf("--views %d: want 0 (all) or more", c.Views)
	}
	return c.validate()
}

// Run runs the command.
func (c *fitCmd) Run(ctx context.Context, con console) error {
	opt, balanced, err := c.headOptions()
	if err != nil {
		return err
	}
	epochs := c.results(con)
	if c.JSON {
		epochs = io.Discard
	}
	if c.MaxMemory > 0 {
		// The garbage collector works harder near the limit. run sets none, for its
		// extraction takes memory that the limit is not meant for.
		debug.SetMemoryLimit(int64(c.MaxMemory))
		defer debug.SetMemoryLimit(math.MaxInt64)
	}
	log := c.logger(con)
	show, end := c.countProgress(con, log, "seeds")
	fitted, err := c.fit(ctx, train.Options{
		Head: opt, Balanced: balanced, Views: c.Views,
		Seeds: c.Seeds, MaxMemory: int64(c.MaxMemory),
		OnEpoch: func(e head.Epoch) { printEpoch(epochs, e, c.Epochs) },
		OnSeed:  show,
	})
	end()
	if err != nil {
		return c.said(log, err)
	}
	warnOfDoubt(log, fitted.Doubt)
	logDuplicates(log, slog.LevelWarn, fitted.Duplicates)
	if c.JSON {
		return json.NewEncoder(con.stdout).Encode(fitted)
	}
	printFit(c.results(con), &fitted.Result)
	return nil
}

// fit trains and writes the files.
func (c *fitCmd) fit(ctx context.Context, opt train.Options) (*train.Fitted, error) {
	set, err := dataset.Open(c.Cache)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	fitted, err := train.Fit(ctx, set, opt)
	if err != nil {
		return nil, err
	}
	_, err = fitted.Write(c.Out)
	return fitted, err
}

// warnOfDoubt logs why a head's features may be useless.
func warnOfDoubt(log *slog.Logger, doubt string) {
	if doubt != "" {
		log.Warn("the features may be useless: " + doubt)
	}
}

// printEpoch prints an epoch as the tutorial does, so that people recognise it.
func printEpoch(w io.Writer, e head.Epoch, epochs int) {
	fmt.Fprintf(w, "Epoch %d/%d\n----------\n", e.Epoch, epochs-1)
	fmt.Fprintf(w, "train Loss: %.4f Acc: %.4f\n", e.TrainLoss, e.TrainAcc)
	fmt.Fprintf(w, "val Loss: %.4f Acc: %.4f\n\n", e.ValLoss, e.ValAcc)
}
