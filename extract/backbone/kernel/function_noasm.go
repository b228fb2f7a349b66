//go:build !amd64 || purego

package kernel

import "featurecache/simd"

// SigmoidRow is the [Function] of [Sigmoid].
func SigmoidRow(_ simd.Level, out, in []float32) { mapRow(out, in, Sigmoid) }

// SiLURow is the [Function] of [SiLU].
func SiLURow(_ simd.Level, out, in []float32) { mapRow(out, in, SiLU) }

// GELUTanhRow is the [Function] of [GELUTanh].
func GELUTanhRow(_ simd.Level, out, in []float32) { mapRow(out, in, GELUTanh) }

// ExpRow is the [Function] of [Exp].
func ExpRow(_ simd.Level, out, in []float32) { mapRow(out, in, Exp) }

// GELURow is the [Function] of [GELU].
func GELURow(_ simd.Level, out, in []float32) { mapRow(out, in, GELU) }

// ErfRow is the [Function] of [Erf].
func ErfRow(_ simd.Level, out, in []float32) { mapRow(out, in, Erf) }

// TanhRow is the [Function] of [Tanh].
func TanhRow(_ simd.Level, out, in []float32) { mapRow(out, in, Tanh) }

// SwishRow is the [Function] of [Swish] with beta.
func SwishRow(beta float32) Function { return FunctionOf(newSwishConstants(beta).at) }
