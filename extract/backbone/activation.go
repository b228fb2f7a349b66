package backbone

import (
	"math"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/kernel"
)

// bounds are the limits that an activation clamps to. ok is false for an activation that
// is not a clamp, or that would change the zeros beyond a layout's last channel: it is a
// separate step.
func bounds(act graph.Activation) (lo, hi float32, ok bool) {
	inf := float32(math.Inf(1))
	switch act.Kind {
	case graph.None:
		return -inf, inf, true
	case graph.Relu:
		return 0, inf, true
	case graph.Clip:
		return act.Lo, act.Hi, act.Lo <= 0 && act.Hi >= 0
	}
	return -inf, inf, false
}

// clampOf are the limits that a layer applies itself: those of its activation, or none if
// that is a separate step.
func clampOf(act graph.Activation) (lo, hi float32) {
	lo, hi, ok := bounds(act)
	if !ok {
		lo, hi, _ = bounds(graph.Activation{})
	}
	return lo, hi
}

// function is an activation that is a separate step.
func function(act graph.Activation) kernel.Function {
	switch act.Kind {
	case graph.Sigmoid:
		return kernel.SigmoidRow
	case graph.SiLU:
		return kernel.SiLURow
	case graph.HardSigmoid:
		return kernel.HardSigmoidRow(act.Lo, act.Hi)
	case graph.HardSwish:
		return kernel.HardSwishRow
	}
	lo, hi, _ := bounds(act)
	return kernel.FunctionOf(func(x float32) float32 { return min(max(x, lo), hi) })
}
