//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func peak(_ simd.Level, rounds int) int { return peakGeneric(rounds) }
