// Package simd chooses the instruction set that the kernels of both stages use.
// [Wanted] returns the best level of this machine, or the lower one that the
// environment variable PIPELINE_KERNEL names. Every kernel gives the same bits at every
// level, so the variable only serves tests and timings.
package simd

import (
	"fmt"
	"os"
)

// Env names the environment variable that picks a level: generic, avx2 or avx512.
const Env = "PIPELINE_KERNEL"

// Level is an instruction set that kernels are written for.
type Level uint8

// The levels, the slowest first. A machine that has a level has all before it.
const (
	Generic Level = iota // plain Go
	AVX2                 // AVX2 and FMA
	AVX512               // AVX-512 F, DQ, BW and VL
)

var names = [...]string{Generic: "generic", AVX2: "avx2", AVX512: "avx512"}

// String returns the level's name: generic, avx2 or avx512.
func (l Level) String() string { return names[l] }

// Best returns the highest level that the CPU, the operating system and this build
// support.
func Best() Level { return best }

// Levels returns the levels that this machine can run, the slowest first.
func Levels() []Level {
	all := []Level{Generic, AVX2, AVX512}
	return all[:best+1]
}

// Parse returns the level of a name, or [Best] for "". An unknown name is an error, and so
// is a level that can't run here.
func Parse(name string) (Level, error) {
	if name == "" {
		return best, nil
	}
	for l, n := range names {
		if n != name {
			continue
		}
		if Level(l) > best {
			return 0, fmt.Errorf("kernel level not available: this machine or build has no %s: want one of %v", name, Levels())
		}
		return Level(l), nil
	}
	return 0, fmt.Errorf("kernel level not available: %q is none of generic, avx2, avx512", name)
}

// Wanted returns the level that the variable [Env] names, or [Best] when it is unset.
func Wanted() (Level, error) {
	l, err := Parse(os.Getenv(Env))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", Env, err)
	}
	return l, nil
}
