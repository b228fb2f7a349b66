//go:build !amd64 || purego

package view

func pair(dst []uint64, a, b []uint8) { pairGeneric(dst, a, b) }

func narrow(dst0, dst1 []uint8, a *axis, paired []uint64, x0 int) {
	narrowGeneric(dst0, dst1, a, paired, x0)
}

func blend(dst, src []uint8, stride int, weights []uint64) { blendGeneric(dst, src, stride, weights) }
