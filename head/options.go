package head

import (
	"errors"
	"fmt"
	"math"

	"featurecache/head/kernel"
)

// errOptions is wrapped by errors about options or data that are invalid.
var errOptions = errors.New("invalid options or data")

// Engine names what computes the training steps.
type Engine string

// The engines. Both follow PyTorch. Fused is fast and gives the same bits on every
// machine. Gorgonia derives the gradients itself, so it is the reference that Fused
// is tested against. The empty Engine is Fused.
const (
	Fused    Engine = "fused"    // this package's own loops
	Gorgonia Engine = "gorgonia" // gorgonia's expression graph and autodiff
)

// Options are the options of a training. Start from [DefaultOptions]: a zero field
// means zero, such as a learning rate or momentum of 0. Names and meanings are those
// of PyTorch's SGD, StepLR and CrossEntropyLoss.
type Options struct {
	Epochs int // passes over the training data, at least 1
	Batch  int // samples per step, at least 1; an epoch's last batch may be short

	LR          float64 // learning rate of the first epoch
	Step        int     // epochs between two reductions of the learning rate; 0 means none
	Gamma       float64 // factor of each reduction
	Momentum    float64
	Nesterov    bool    // needs Momentum above 0
	WeightDecay float64 // added to the gradient as WeightDecay·w, bias included

	LabelSmoothing float64   // in [0,1]
	ClassWeights   []float64 // one per class, not negative; nil means all 1. See BalancedWeights

	// Patience is the number of epochs without progress after which training stops;
	// 0 means never. An epoch makes progress when its validation accuracy exceeds the
	// best by more than MinDelta. Which epoch's weights are kept does not change.
	Patience int
	MinDelta float64

	Hidden int // units of a hidden layer with ReLU; 0 means none
	Seed   uint64
	Engine Engine // empty means Fused

	// Only tests set these: they start where a reference run did and follow its order.
	init  *Head
	order func(epoch int) []int32
}

// DefaultOptions returns the options of PyTorch's tutorial: 25 epochs in batches of 4, learning
// rate 0.001 times 0.1 every 7 epochs, momentum 0.9.
func DefaultOptions() Options {
	return Options{Epochs: 25, Batch: 4, LR: 0.001, Step: 7, Gamma: 0.1, Momentum: 0.9}
}

// maxHidden and maxSeeds keep a mistyped number from using up all memory.
const (
	maxHidden = 1 << 16
	maxSeeds  = 1 << 20
)

// check refuses what PyTorch refuses, what makes no sense, and a PIPELINE_KERNEL that
// names a level this machine does not have.
func (o *Options) check(classes int) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", errOptions, fmt.Sprintf(format, args...))
	}
	switch {
	case classes < 2:
		return bad("%d classes: want at least 2", classes)
	case o.Epochs < 1:
		return bad("epochs %d: want at least 1", o.Epochs)
	case o.Batch < 1:
		return bad("batch %d: want at least 1", o.Batch)
	case o.Step < 0:
		return bad("step %d: want 0 (never) or more", o.Step)
	case o.Hidden < 0 || o.Hidden > maxHidden:
		return bad("hidden %d: want 0 (none) to %d", o.Hidden, maxHidden)
	case o.Patience < 0:
		return bad("patience %d: want 0 (never) or more", o.Patience)
	case o.Nesterov && o.Momentum == 0:
		return bad("Nesterov's momentum needs a momentum above 0")
	case !(o.LabelSmoothing >= 0 && o.LabelSmoothing <= 1):
		return bad("label smoothing %v: want 0 to 1", o.LabelSmoothing)
	case o.ClassWeights != nil && len(o.ClassWeights) != classes:
		return bad("%d class weights for %d classes", len(o.ClassWeights), classes)
	}
	for _, p := range []struct {
		name  string
		value float64
	}{
		{"learning rate", o.LR}, {"gamma", o.Gamma}, {"momentum", o.Momentum},
		{"weight decay", o.WeightDecay}, {"minimum improvement", o.MinDelta},
	} {
		if !(p.value >= 0 && p.value <= math.MaxFloat32) {
			return bad("%s %v: want a number from 0", p.name, p.value)
		}
	}
	for c, w := range o.ClassWeights {
		if !(w >= 0 && w <= math.MaxFloat32) {
			return bad("weight %v of class %d: want a number from 0", w, c)
		}
	}
	switch o.Engine {
	case "", Fused, Gorgonia:
	default:
		return bad("no engine %q: want %s or %s", o.Engine, Fused, Gorgonia)
	}
	_, err := kernel.Wanted()
	return err
}
