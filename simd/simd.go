// Package simd says which instruction set the kernels of both stages use: the
// best that the machine has, or a lower one that an environment variable names.
// Every kernel gives the same bits at every level, so the variable serves tests
// and timings alone.
package simd

import (
	"errors"
	"fmt"
	"os"
)

// Env names the environment variable that picks a level: generic, avx2 or avx512.
const Env = "PIPELINE_KERNEL"

// Level is an instruction set that kernels are written for.
type Level uint8

// The levels, slowest first. A machine that has one has those before it.
const (
	Generic Level = iota // plain Go
	AVX2                 // AVX2 and FMA
	AVX512               // AVX-512 F, DQ, BW and VL
)

// ErrLevel is returned, wrapped, for a name that is no level, and for a level that
// this machine or build does not have.
var ErrLevel = errors.New("kernel level not available")

var names = [...]string{Generic: "generic", AVX2: "avx2", AVX512: "avx512"}

// String is the level's name: generic, avx2 or avx512.
func (l Level) String() string { return names[l] }

// Best is the highest level that the CPU, the operating system and this build
// support.
func Best() Level { return best }

// Levels are the levels that this machine can run, slowest first.
func Levels() []Level {
	all := []Level{Generic, AVX2, AVX512}
	return all[:best+1]
}

// Parse is the level of a name; "" is [Best]. It returns [ErrLevel] for an unknown
// name and for a level that can't run here.
func Parse(name string) (Level, error) {
	if name == "" {
		return best, nil
	}
	for l, n := range names {
		if n != name {
			continue
		}
		if Level(l) > best {
			return 0, fmt.Errorf("%w: this machine or build has no %s, its best is %s", ErrLevel, name, best)
		}
		return Level(l), nil
	}
	return 0, fmt.Errorf("%w: %q is none of generic, avx2, avx512", ErrLevel, name)
}

// Wanted is the level that [Env] asks for.
func Wanted() (Level, error) {
	l, err := Parse(os.Getenv(Env))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", Env, err)
	}
	return l, nil
}
