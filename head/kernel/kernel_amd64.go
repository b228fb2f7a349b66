//go:build !purego

package kernel

import "featurecache/simd"

// The assembly computes logitsGeneric, for four rows or one, and stepGeneric. Both
// need a width that is a multiple of Lanes. The program in asm generates it.
type (
	logitsFunc func(dst, x *float32, rows *int32, w *float32, classes, width int)
	stepFunc   func(w, v, x *float32, rows *int32, n int, grad *float32, classes, width int, opt *float32)
)

//go:noescape
func logits4AVX2(dst, x *float32, rows *int32, w *float32, classes, width int)

//go:noescape
func logits1AVX2(dst, x *float32, rows *int32, w *float32, classes, width int)

//go:noescape
func stepAVX2(w, v, x *float32, rows *int32, n int, grad *float32, classes, width int, opt *float32)

//go:noescape
func logits4AVX512(dst, x *float32, rows *int32, w *float32, classes, width int)

//go:noescape
func logits1AVX512(dst, x *float32, rows *int32, w *float32, classes, width int)

//go:noescape
func stepAVX512(w, v, x *float32, rows *int32, n int, grad *float32, classes, width int, opt *float32)

// accelerated are the sets above generic, in the order of their levels.
var accelerated = []*Set{
	assembled(simd.AVX2, logits4AVX2, logits1AVX2, stepAVX2),
	assembled(simd.AVX512, logits4AVX512, logits1AVX512, stepAVX512),
}[:simd.Best()]

// assembled returns the set of one level's assembly, with plain Go for the shapes
// that it does not cover.
func assembled(level simd.Level, logits4, logits1 logitsFunc, step stepFunc) *Set {
	return &Set{
		Level: level,
		logits: func(dst, x []float32, rows []int32, w []float32, classes, width int) {
			if width%Lanes != 0 {
				logitsGeneric(dst, x, rows, w, classes, width)
				return
			}
			for ; len(rows) >= 4; rows = rows[4:] {
				logits4(&dst[0], &x[0], &rows[0], &w[0], classes, width)
				dst = dst[4*classes:]
			}
			for ; len(rows) > 0; rows = rows[1:] {
				logits1(&dst[0], &x[0], &rows[0], &w[0], classes, width)
				dst = dst[classes:]
			}
		},
		step: func(l *Layer, x []float32, rows []int32, grad []float32, opt *SGD) {
			if l.In%Lanes != 0 || len(rows) == 0 {
				stepGeneric(l, x, rows, grad, opt)
				return
			}
			step(&l.Weight[0], &l.Velocity[0], &x[0], &rows[0], len(rows), &grad[0], l.Out, l.In, &opt.LR)
		},
	}
}
