package main

import (
	"fmt"
	"strconv"
	"strings"

	"featurecache/head"
)

// trainFlags are the options of a training that fit and sweep share.
type trainFlags struct {
	Epochs         int     `default:"25" help:"Passes over the training images; epoch e trains on view 1 + (e mod views)."`
	Momentum       float64 `default:"0.9" help:"Momentum of SGD."`
	Nesterov       bool    `help:"Nesterov's momentum."`
	Step           int     `default:"7" help:"Epochs between two drops of the learning rate; 0 means none."`
	Gamma          float64 `default:"0.1" help:"Factor of each drop."`
	LabelSmoothing float64 `default:"0" help:"Share of the target that is spread evenly over the classes, 0 to 1."`
	ClassWeights   string  `placeholder:"W,…|balanced" help:"Weight of each class in the loss, in the order of their names; 'balanced': inversely proportional to its training images."`
	Patience       int     `default:"0" help:"Stop after so many epochs in a row without a better validation accuracy; 0 means never. The best epoch is kept anyhow."`
	MinDelta       float64 `default:"0" help:"What the accuracy must gain to count as better for --patience."`
	Seed           uint64  `default:"0" help:"Seed of the first weights and of the order of the samples."`
	Engine         string  `default:"fused" enum:"fused,gorgonia" help:"What computes the steps: fused, or gorgonia, the reference by automatic differentiation."`
}

// options returns the training's options and whether classes are balanced.
func (t *trainFlags) options() (opt head.Options, balanced bool, err error) {
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
			return opt, false, fmt.Errorf("--class-weights %s: %q is not a number from 0; want one for each class, or 'balanced'", t.ClassWeights, word)
		}
		opt.ClassWeights = append(opt.ClassWeights, w)
	}
	return opt, false, nil
}
