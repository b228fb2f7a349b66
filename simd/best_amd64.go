//go:build amd64 && !purego

package simd

import "golang.org/x/sys/cpu"

// best is a CPU feature; x/sys/cpu answers for the operating system too, which
// must save the registers.
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
