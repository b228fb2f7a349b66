//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// The kernels are [HardSigmoid] and [HardSwish], for rows of whole pixels.

//go:noescape
func hardSigmoidRowAVX512(out, in *float32, pixels int, a, b float32)

//go:noescape
func hardSigmoidRowAVX2(out, in *float32, pixels int, a, b float32)

//go:noescape
func hardSwishRowAVX512(out, in *float32, pixels int, a, b float32)

//go:noescape
func hardSwishRowAVX2(out, in *float32, pixels int, a, b float32)

// HardSigmoidRow is the [Function] of [HardSigmoid] with a and b.
func HardSigmoidRow(a, b float32) Function {
	return func(level simd.Level, out, in []float32) {
		switch level {
		case simd.AVX512:
			hardSigmoidRowAVX512(&out[0], &in[0], len(out)/Lanes, a, b)
		case simd.AVX2:
			hardSigmoidRowAVX2(&out[0], &in[0], len(out)/Lanes, a, b)
		default:
			mapRow(out, in, func(x float32) float32 { return HardSigmoid(x, a, b) })
		}
	}
}

// HardSwishRow is the [Function] of [HardSwish].
func HardSwishRow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		hardSwishRowAVX512(&out[0], &in[0], len(out)/Lanes, 1.0/6, 0.5)
	case simd.AVX2:
		hardSwishRowAVX2(&out[0], &in[0], len(out)/Lanes, 1.0/6, 0.5)
	default:
		mapRow(out, in, HardSwish)
	}
}
