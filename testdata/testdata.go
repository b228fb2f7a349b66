// Package testdata finds what tests compare against: [Shared] reference files, and
// a [Python] with the libraries of others. Tests that choose at random take their
// numbers from [Rand].
//
// Small files live in the folder testdata beside the test, each with the command
// that made it. Large reference outputs (golden transforms, models, the
// ants-and-bees images) live outside the module, in a folder named shared beside
// the module's root.
//
// A test that lacks what it needs calls [Missing]. It is then skipped, but under
// continuous integration it fails: a run that tests nothing must not pass.
package testdata

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The environment variables that tests read.
const (
	// EnvPython names the Python for comparisons with other libraries.
	EnvPython = "PIPELINE_TEST_PYTHON"
	// EnvSeed is the seed of [Rand]; by default each run takes another one.
	EnvSeed = "PIPELINE_TEST_SEED"
)

// Missing ends a test that lacks something it needs. It skips tb with a message,
// which says what to install or set. When the variable CI is set, tb fails.
func Missing(tb testing.TB, format string, args ...any) {
	tb.Helper()
	what := fmt.Sprintf(format, args...)
	if os.Getenv("CI") != "" {
		tb.Fatalf("%s (CI is set, so this test must not be skipped)", what)
	}
	tb.Skip(what)
}

// Shared returns the path of a file or folder under ../shared, as seen from the
// module's root. The path is absolute. A path that does not exist is [Missing].
func Shared(tb testing.TB, elem ...string) string {
	tb.Helper()
	_, self, _, ok := runtime.Caller(0)
	if !ok {
		tb.Fatal("testdata: the module's root is unknown: build without -trimpath")
	}
	root := filepath.Join(filepath.Dir(self), "..", "..", "shared")
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		Missing(tb, "reference data are absent: %v: put the folder shared beside the module's root", err)
	}
	return path
}

// Python returns the path of a Python that can import the given modules: the one
// that PIPELINE_TEST_PYTHON names. Without one it is [Missing].
func Python(tb testing.TB, modules ...string) string {
	tb.Helper()
	python := os.Getenv(EnvPython)
	if python == "" {
		Missing(tb, "%s is not set: set it to a Python that has %s", EnvPython, strings.Join(modules, ", "))
	}
	out, err := exec.CommandContext(tb.Context(), python, "-c", "import "+strings.Join(modules, ", ")).CombinedOutput()
	if err != nil {
		Missing(tb, "%s=%s can't import %s: %v\n%s", EnvPython, python, strings.Join(modules, ", "), err, out)
	}
	return python
}

// Rand returns random numbers for tb and logs their seed. Run tb again with
// PIPELINE_TEST_SEED set to that seed to have the same numbers.
func Rand(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv(EnvSeed); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			tb.Fatalf("%s: %v", EnvSeed, err)
		}
	}
	tb.Logf("random numbers: %s=%d", EnvSeed, seed)
	return rand.New(rand.NewPCG(seed, 0))
}
