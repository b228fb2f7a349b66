package kernel

import "os"

// Env names the environment variable that limits the level of the kernels:
// generic, avx2 or avx512. A level that the processor lacks falls back to the
// best one below it, and an unknown or empty value means the best.
const Env = "PIPELINE_KERNEL"

// All returns the sets that this machine can run, slowest first.
func All() []*Set {
	return append([]*Set{generic}, accelerated...)
}

// Best returns the fastest set that this machine can run and that [Env]
// allows.
func Best() *Set {
	limit := os.Getenv(Env)
	best := generic
	for _, s := range accelerated {
		if best.Level == limit {
			break
		}
		best = s
	}
	return best
}
