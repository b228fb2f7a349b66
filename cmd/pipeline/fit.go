package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"featurecache/head"
	"featurecache/pipeline"
)

type fitCmd struct {
	Cache string `required:"" placeholder:"FILE" help:"Feature store that extract made."`
	Out   string `required:"" placeholder:"DIR" help:"Folder for head.safetensors and history.json; made when absent."`

	Epochs      int     `default:"25" help:"Passes over the training images; epoch e trains on view 1 + (e mod views)."`
	Batch       int     `default:"4" help:"Samples a step; the last step of an epoch takes what is left."`
	LR          float64 `default:"0.001" help:"Learning rate."`
	Momentum    float64 `default:"0.9" help:"Momentum of SGD."`
	Step        int     `default:"7" help:"Epochs between two drops of the learning rate; 0 means none."`
	Gamma       float64 `default:"0.1" help:"Factor of each drop."`
	WeightDecay float64 `default:"0" help:"L2 penalty, added to the gradient as PyTorch's SGD does."`
	Hidden      int     `default:"0" help:"Width of a hidden layer with ReLU; 0 means none."`
	Seed        uint64  `default:"0" help:"Seed of the first weights and of the order of the samples."`
	Engine      string  `default:"fused" enum:"fused,gorgonia" help:"What computes the steps: fused, or gorgonia, the reference by automatic differentiation."`
	JSON        bool    `help:"Instead of the epochs' lines, end with one JSON object on stdout."`
}

func (*fitCmd) Help() string {
	return `Example:
  pipeline fit --cache features.db --out head

Trains a fully connected layer with cross-entropy and SGD, drops the learning rate by --gamma every --step epochs, and keeps the weights of the epoch with the best validation accuracy. The defaults are those of PyTorch's transfer-learning tutorial.

Exit status: 0 done; 1 failed or interrupted; 2 wrong usage; 75 another run holds the store.`
}

// Run carries the command out.
func (c *fitCmd) Run(ctx context.Context, con console) error {
	epochs := con.stdout
	if c.JSON {
		epochs = io.Discard
	}
	result, err := pipeline.Fit(ctx, pipeline.FitOptions{
		Cache: c.Cache, Out: c.Out, Head: c.options(),
		OnEpoch: func(e head.Epoch) { printEpoch(epochs, e, c.Epochs) },
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(con.stdout).Encode(result)
	}
	printFit(con.stdout, result)
	return nil
}

// printFit ends the report as the tutorial does.
func printFit(w io.Writer, r *pipeline.FitResult) {
	took := int(r.TrainSeconds)
	fmt.Fprintf(w, "Training complete in %dm %ds\n", took/60, took%60)
	fmt.Fprintf(w, "Best val Acc: %.6f\n", r.BestValAcc)
}

// printEpoch prints an epoch as the tutorial does, so that people recognise it.
func printEpoch(w io.Writer, e head.Epoch, epochs int) {
	fmt.Fprintf(w, "Epoch %d/%d\n----------\n", e.Epoch, epochs-1)
	fmt.Fprintf(w, "train Loss: %.4f Acc: %.4f\n", e.TrainLoss, e.TrainAcc)
	fmt.Fprintf(w, "val Loss: %.4f Acc: %.4f\n\n", e.ValLoss, e.ValAcc)
}

func (c *fitCmd) options() head.Options {
	return head.Options{
		Epochs: c.Epochs, Batch: c.Batch, LR: c.LR, Momentum: c.Momentum, Step: c.Step, Gamma: c.Gamma,
		WeightDecay: c.WeightDecay, Hidden: c.Hidden, Seed: c.Seed, Engine: head.Engine(c.Engine),
	}
}
