//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// peakFMAs is the number of instructions in a round, as in asm/peak.go.
const peakFMAs = 12

func peakAVX512(rounds int)

func peakAVX2(rounds int)

func peak(level simd.Level, rounds int) int {
	switch level {
	case simd.AVX512:
		peakAVX512(rounds)
		return 2 * 16 * peakFMAs * rounds
	case simd.AVX2:
		peakAVX2(rounds)
		return 2 * 8 * peakFMAs * rounds
	}
	return peakGeneric(rounds)
}
