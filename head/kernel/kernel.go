// Package kernel is the head's arithmetic: [Set.Logits] multiplies rows of features
// by a layer's weights, and [Set.Step] is the optimiser's step that follows. [Best]
// returns the fastest implementation. Each is written in plain Go, AVX2 and AVX-512,
// and all three give the same bits.
//
// They do because the rounding is part of the definition:
//
//   - A product is rounded to float32 before it is added: there is no fused
//     multiply-add. Multiplication and addition run on different ports of the
//     processors that matter, so fusing would gain little, and plain Go would have
//     to imitate it at twice the cost.
//   - A dot product has [Lanes] running sums. Element i goes to lane i mod Lanes, in
//     ascending order, and the lanes are added as a fixed tree: l+8, l+4, l+2, l+1.
//   - A gradient adds the rows of a batch in the batch's order.
//
// No sum depends on an address, on the number of workers or on the hardware.
package kernel

import "featurecache/simd"

// Lanes is the number of running sums in a dot product.
const Lanes = 16

// Set is one implementation of the two loops. Sets differ only in speed.
type Set struct {
	Level simd.Level

	logits func(dst, x []float32, rows []int32, w []float32, classes, width int)
	step   func(l *Layer, x []float32, rows []int32, grad []float32, opt *SGD)
}

// Layer is a fully connected layer in training.
type Layer struct {
	Out, In          int
	Weight, Velocity []float32 // [Out,In], row-major
}

// SGD holds the coefficients of one step of stochastic gradient descent in
// the form that all kernels share: with gradient g, weight w and velocity v,
//
//	g += Decay·w
//	v  = Momentum·v + g
//	w −= LR·(Grad·g + Velocity·v)
//
// (Grad, Velocity) is (0, 1) for classical momentum and (1, Momentum) for
// Nesterov's, which is what torch.optim.SGD computes with dampening 0.
type SGD struct {
	LR, Momentum, Decay, Grad, Velocity float32
}

// Logits sets dst [len(rows),classes] to the products of the chosen rows of
// x [N,width] with w [classes,width], all row-major; the caller
// adds the bias. It panics when an index or a length is out of range.
func (s *Set) Logits(dst, x []float32, rows []int32, w []float32, classes, width int) {
	check(dst, x, rows, classes, width)
	_ = w[classes*width-1]
	s.logits(dst, x, rows, w, classes, width)
}

// Step updates the layer's weights and velocities with the gradient
// Σ_i grad[i,o]·x[rows[i],j], where x is [N,In] and grad [len(rows),Out]. It panics
// when an index or a length is out of range.
func (s *Set) Step(l *Layer, x []float32, rows []int32, grad []float32, opt *SGD) {
	check(grad, x, rows, l.Out, l.In)
	_, _ = l.Weight[l.Out*l.In-1], l.Velocity[l.Out*l.In-1]
	s.step(l, x, rows, grad, opt)
}

// check panics unless every row lies in x: assembly has no bounds checks.
func check(perRow, x []float32, rows []int32, classes, width int) {
	if classes < 1 || width < 1 || len(perRow) < len(rows)*classes {
		panic("kernel: buffer too short")
	}
	n := len(x) / width
	for _, r := range rows {
		if uint(r) >= uint(n) {
			panic("kernel: row out of range")
		}
	}
}
