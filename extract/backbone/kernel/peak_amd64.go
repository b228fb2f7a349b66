//go:build amd64 && !purego

package kernel

// peakFMAs is the number of instructions in a round, as in asm/peak.go.
const peakFMAs = 12

func peakAVX512(rounds int)

func peakAVX2(rounds int)

func peak(level Level, rounds int) int {
	switch level {
	case AVX512:
		peakAVX512(rounds)
		return 2 * 16 * peakFMAs * rounds
	case AVX2:
		peakAVX2(rounds)
		return 2 * 8 * peakFMAs * rounds
	}
	return peakGeneric(rounds)
}
