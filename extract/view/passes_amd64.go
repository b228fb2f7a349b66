//go:build amd64 && !purego

package view

import "golang.org/x/sys/cpu"

// useAVX2 reports whether the CPU has AVX2 and the operating system saves its
// registers; x/sys/cpu checks both.
var useAVX2 = cpu.X86.HasAVX2

// The assembly, which folder asm generates. Each function computes the same integers as
// the plain Go function of the same name.

//go:noescape
func pairAVX2(dst *uint64, a, b *uint8, n int)

//go:noescape
func narrowAVX2(dst0, dst1 *uint8, first *int, paired, weights *uint64, x0, taps, n int)

//go:noescape
func blendAVX2(dst, src *uint8, stride int, weights *uint64, taps, n int)

func pair(dst []uint64, a, b []uint8) {
	x := 0
	if n := 3 * len(dst); useAVX2 && n >= 16 {
		a, b = a[:n], b[:n]
		x = (n-16)/12*4 + 4 // four pixels are read as 16 bytes
		pairAVX2(&dst[0], &a[0], &b[0], x)
	}
	if x < len(dst) {
		pairGeneric(dst[x:], a[3*x:], b[3*x:])
	}
}

func narrow(dst0, dst1 []uint8, a *axis, paired []uint64, x0 int) {
	if !useAVX2 {
		narrowGeneric(dst0, dst1, a, paired, x0)
		return
	}
	n := len(a.first)
	from, to := a.span() // the outputs go from left to right
	_, _ = paired[from-x0], paired[to-1-x0]
	_, _, _ = dst0[3*n], dst1[3*n], a.weights[n*a.taps-1]
	narrowAVX2(&dst0[0], &dst1[0], &a.first[0], &paired[0], &a.weights[0], x0, a.taps, n)
}

func blend(dst, src []uint8, stride int, weights []uint64) {
	n, taps := len(dst), len(weights)
	if !useAVX2 || n < 32 {
		blendGeneric(dst, src, stride, weights)
		return
	}
	_ = src[(taps-1)*stride+n-1]
	blendAVX2(&dst[0], &src[0], stride, &weights[0], taps, n&^31)
	if i := n - 32; n%32 != 0 { // the last 32 samples, some of them once more
		blendAVX2(&dst[i], &src[i], stride, &weights[0], taps, 32)
	}
}
