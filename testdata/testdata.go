// Package testdata finds the files that tests compare against.
//
// Small files live in this folder, each with the command that made it. Large
// reference outputs (golden transforms, models, the ants-and-bees images) live
// outside the module, in a folder named shared beside the module's root; a test
// that needs one skips when it is absent, and fails instead when CI is set, so
// that continuous integration can't pass by testing nothing.
package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Shared returns the path of a file or folder under ../shared, seen from the
// module's root. It skips tb when that does not exist, or fails it under CI.
func Shared(tb testing.TB, elem ...string) string {
	tb.Helper()
	_, self, _, ok := runtime.Caller(0)
	if !ok {
		tb.Fatal("testdata: can't tell where the module is")
	}
	root := filepath.Join(filepath.Dir(self), "..", "..", "shared")
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatalf("testdata: reference data is required under CI: %v", err)
		}
		tb.Skipf("testdata: reference data is absent: %v", err)
	}
	return path
}
