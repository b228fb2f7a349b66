//go:build amd64 && !purego

package simd

import "golang.org/x/sys/cpu"

// best follows from the CPU's features. x/sys/cpu also checks that the operating
// system saves the registers.
var best = func() Level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Generic
	case !x.HasAVX512F || !x.HasAVX512DQ || !x.HasAVX512BW || !x.HasAVX512VL:
		return AVX2
	}
	return AVX512
}()
