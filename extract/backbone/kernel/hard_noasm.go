//go:build !amd64 || purego

package kernel

import "featurecache/simd"

// HardSigmoidRow is the [Function] of [HardSigmoid] with a and b.
func HardSigmoidRow(a, b float32) Function {
	return FunctionOf(func(x float32) float32 { return HardSigmoid(x, a, b) })
}

// HardSwishRow is the [Function] of [HardSwish].
func HardSwishRow(_ simd.Level, out, in []float32) { mapRow(out, in, HardSwish) }
