package main

import (
	"fmt"
	"strconv"
	"strings"

	"featurecache/head"

	"github.com/alecthomas/kong"
)

// trainFlags are the training options that fit, sweep and run share. Their defaults
// are [head.DefaultOptions].
type trainFlags struct {
	Epochs         int     `default:"${epochs}" help:"Passes over the training images; epoch e trains on view 1 + (e mod views)."`
	Momentum       float64 `default:"${momentum}" help:"Momentum of SGD."`
	Nesterov       bool    `help:"Use Nesterov momentum."`
	Step           int     `default:"${step}" help:"Multiply the learning rate by --gamma every this many epochs; 0 means never."`
	Gamma          float64 `default:"${gamma}" help:"Factor for --step."`
	LabelSmoothing float64 `default:"0" help:"Share of each target that is spread evenly over the classes, 0 to 1."`
	ClassWeights   string  `placeholder:"W,…|balanced" help:"Weight of each class in the loss, in the order of the class names; 'balanced' weights a class inversely to its number of training images."`
	Patience       int     `default:"0" help:"Stop after this many epochs without a better validation accuracy; 0 means never. The best epoch is kept either way."`
	MinDelta       float64 `default:"0" help:"Smallest gain in accuracy that counts as better for --patience."`
	Seed           uint64  `default:"0" help:"Seed of the initial weights and of the order of the samples."`
	Engine         string  `default:"fused" enum:"fused,gorgonia" help:"Implementation of the training steps: fused is fast; gorgonia is the reference, with automatic differentiation."`
}

// headFlags are the options of a single head, which fit and run share. sweep tries
// several values of some of them.
type headFlags struct {
	Batch       int     `default:"${batch}" help:"Samples per training step; the last step of an epoch takes the rest."`
	LR          float64 `default:"${lr}" help:"Learning rate."`
	WeightDecay float64 `default:"0" help:"L2 penalty, added to the gradient as PyTorch's SGD does."`
	Hidden      int     `default:"0" help:"Width of a hidden layer with ReLU; 0 means none."`
	trainFlags  `embed:""`
	Seeds       int  `default:"1" help:"Number of heads to train, with seeds from --seed up. The median one is kept, which is typical; the best one would be the luckiest."`
	MaxMemory   size `placeholder:"SIZE" help:"Memory limit, such as 1GiB. Features that do not fit are read from the store in every epoch."`
}

// trainDefaults are the values that the tags above name.
func trainDefaults() kong.Vars {
	opt := head.DefaultOptions()
	return kong.Vars{
		"epochs": fmt.Sprint(opt.Epochs), "batch": fmt.Sprint(opt.Batch), "lr": fmt.Sprint(opt.LR),
		"momentum": fmt.Sprint(opt.Momentum), "step": fmt.Sprint(opt.Step), "gamma": fmt.Sprint(opt.Gamma),
	}
}

func (h *headFlags) validate() error {
	if h.Seeds < 1 {
		return fmt.Errorf("--seeds %d: want at least 1", h.Seeds)
	}
	_, _, err := h.headOptions()
	return err
}

// headOptions are the flags as a training takes them, and whether classes are balanced.
func (h *headFlags) headOptions() (opt head.Options, balanced bool, err error) {
	opt, balanced, err = h.trainOptions()
	opt.Batch, opt.LR, opt.WeightDecay, opt.Hidden = h.Batch, h.LR, h.WeightDecay, h.Hidden
	return opt, balanced, err
}

// trainOptions returns the training's options and whether classes are balanced.
func (t *trainFlags) trainOptions() (opt head.Options, balanced bool, err error) {
	opt = head.Options{
		Epochs: t.Epochs, Momentum: t.Momentum, Nesterov: t.Nesterov, Step: t.Step, Gamma: t.Gamma,
		LabelSmoothing: t.LabelSmoothing, Patience: t.Patience, MinDelta: t.MinDelta,
		Seed: t.Seed, Engine: head.Engine(t.Engine),
	}
	switch t.ClassWeights {
	case "":
		return opt, false, nil
	case "balanced":
		return opt, true, nil
	}
	for _, word := range strings.Split(t.ClassWeights, ",") {
		w, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil || !(w >= 0) {
			return opt, false, fmt.Errorf("--class-weights %s: %q is not a number of 0 or more; give one per class, or 'balanced'", t.ClassWeights, word)
		}
		opt.ClassWeights = append(opt.ClassWeights, w)
	}
	return opt, false, nil
}
