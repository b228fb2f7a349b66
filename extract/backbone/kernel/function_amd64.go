//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// Rows of the functions whose constants lie in a table; asm/activation.go knows its
// order. oddRational is rationalConstants.at, swish is swishConstants.at.

//go:noescape
func sigmoidRowAVX512(out, in *float32, pixels int, table *float32)

//go:noescape
func sigmoidRowAVX2(out, in *float32, pixels int, table *float32)

//go:noescape
func siluRowAVX512(out, in *float32, pixels int, table *float32)

//go:noescape
func siluRowAVX2(out, in *float32, pixels int, table *float32)

//go:noescape
func swishRowAVX512(out, in *float32, pixels int, table *float32)

//go:noescape
func swishRowAVX2(out, in *float32, pixels int, table *float32)

//go:noescape
func geluTanhRowAVX512(out, in *float32, pixels int, table *float32)

//go:noescape
func geluTanhRowAVX2(out, in *float32, pixels int, table *float32)

//go:noescape
func expRowAVX512(out, in *float32, pixels int, table *float32)

//go:noescape
func expRowAVX2(out, in *float32, pixels int, table *float32)

//go:noescape
func geluRowAVX512(out, in *float32, pixels int, table *float32)

//go:noescape
func geluRowAVX2(out, in *float32, pixels int, table *float32)

//go:noescape
func oddRationalRowAVX512(out, in *float32, pixels int, table *float32)

//go:noescape
func oddRationalRowAVX2(out, in *float32, pixels int, table *float32)

// SigmoidRow is the [Function] of [Sigmoid].
func SigmoidRow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		sigmoidRowAVX512(&out[0], &in[0], len(out)/Lanes, &expTable[0])
	case simd.AVX2:
		sigmoidRowAVX2(&out[0], &in[0], len(out)/Lanes, &expTable[0])
	default:
		mapRow(out, in, Sigmoid)
	}
}

// SiLURow is the [Function] of [SiLU].
func SiLURow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		siluRowAVX512(&out[0], &in[0], len(out)/Lanes, &expTable[0])
	case simd.AVX2:
		siluRowAVX2(&out[0], &in[0], len(out)/Lanes, &expTable[0])
	default:
		mapRow(out, in, SiLU)
	}
}

// GELUTanhRow is the [Function] of [GELUTanh].
func GELUTanhRow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		geluTanhRowAVX512(&out[0], &in[0], len(out)/Lanes, &geluTanhTable.lo)
	case simd.AVX2:
		geluTanhRowAVX2(&out[0], &in[0], len(out)/Lanes, &geluTanhTable.lo)
	default:
		mapRow(out, in, GELUTanh)
	}
}

// ExpRow is the [Function] of [Exp].
func ExpRow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		expRowAVX512(&out[0], &in[0], len(out)/Lanes, &expForward[0])
	case simd.AVX2:
		expRowAVX2(&out[0], &in[0], len(out)/Lanes, &expForward[0])
	default:
		mapRow(out, in, Exp)
	}
}

// GELURow is the [Function] of [GELU].
func GELURow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		geluRowAVX512(&out[0], &in[0], len(out)/Lanes, &geluTable.half)
	case simd.AVX2:
		geluRowAVX2(&out[0], &in[0], len(out)/Lanes, &geluTable.half)
	default:
		mapRow(out, in, GELU)
	}
}

// ErfRow is the [Function] of [Erf].
func ErfRow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		oddRationalRowAVX512(&out[0], &in[0], len(out)/Lanes, &erfTable.lo)
	case simd.AVX2:
		oddRationalRowAVX2(&out[0], &in[0], len(out)/Lanes, &erfTable.lo)
	default:
		mapRow(out, in, Erf)
	}
}

// TanhRow is the [Function] of [Tanh].
func TanhRow(level simd.Level, out, in []float32) {
	switch level {
	case simd.AVX512:
		oddRationalRowAVX512(&out[0], &in[0], len(out)/Lanes, &tanhTable.lo)
	case simd.AVX2:
		oddRationalRowAVX2(&out[0], &in[0], len(out)/Lanes, &tanhTable.lo)
	default:
		mapRow(out, in, Tanh)
	}
}

// SwishRow is the [Function] of [Swish] with beta.
func SwishRow(beta float32) Function {
	c := newSwishConstants(beta)
	return func(level simd.Level, out, in []float32) {
		switch level {
		case simd.AVX512:
			swishRowAVX512(&out[0], &in[0], len(out)/Lanes, &c.lo)
		case simd.AVX2:
			swishRowAVX2(&out[0], &in[0], len(out)/Lanes, &c.lo)
		default:
			mapRow(out, in, c.at)
		}
	}
}
