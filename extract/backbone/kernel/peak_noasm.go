//go:build !amd64 || purego

package kernel

func peak(_ Level, rounds int) int { return peakGeneric(rounds) }
