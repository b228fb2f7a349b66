// Package kernel is the head's arithmetic: the logits of a few feature rows,
// and the optimiser's step that follows them. Each is written in plain Go, in
// AVX2 and in AVX-512, and all three give the same bits.
//
// What makes them alike is that the rounding is part of the definition:
//
//   - a product is rounded to float32 before it is added (no fused
//     multiply-add: on the processors that matter a multiplication and an
//     addition run on different ports, so fusing would gain little, and plain
//     Go would have to imitate it at twice the price);
//   - a dot product has [Lanes] running sums, element i going to lane i mod
//     Lanes in ascending order, and the lanes are added as a fixed tree:
//     l+8, l+4, l+2, l+1;
//   - a gradient adds the rows of a batch in the batch's order.
//
// No sum depends on an address, on the number of workers or on the hardware.
package kernel

import "featurecache/simd"

// Lanes is the number of running sums in a dot product.
const Lanes = 16

// Set is one implementation of the two loops. Sets are interchangeable: they
// differ in speed alone.
type Set struct {
	Level simd.Level

	logits func(dst, x []float32, rows []int32, w []float32, classes, width int)
	step   func(w, v, x []float32, rows []int32, grad []float32, classes, width int, opt *SGD)
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
// x [N,width] with w [classes,width], all row-major; the bias is the caller's
// to add. It panics when an index or a length is out of range.
func (s *Set) Logits(dst, x []float32, rows []int32, w []float32, classes, width int) {
	check(dst, x, rows, classes, width)
	_ = w[classes*width-1]
	s.logits(dst, x, rows, w, classes, width)
}

// Step updates w and its velocity v, both [classes,width], with the gradient
// Σ_i grad[i,c]·x[rows[i],j], where grad is [len(rows),classes]. It panics
// when an index or a length is out of range.
func (s *Set) Step(w, v, x []float32, rows []int32, grad []float32, classes, width int, opt *SGD) {
	check(grad, x, rows, classes, width)
	_, _ = w[classes*width-1], v[classes*width-1]
	s.step(w, v, x, rows, grad, classes, width, opt)
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
