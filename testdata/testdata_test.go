package testdata

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// probe records how a test ends.
type probe struct {
	testing.TB
	skipped, failed bool
	text            string
}

// ended is what Skip and Fatalf panic with, to end the function under test.
type ended struct{}

func (p *probe) Skip(args ...any) { p.skipped, p.text = true, fmt.Sprint(args...); panic(ended{}) }
func (p *probe) Fatalf(format string, args ...any) {
	p.failed, p.text = true, fmt.Sprintf(format, args...)
	panic(ended{})
}
func (p *probe) Logf(format string, args ...any) { p.text = fmt.Sprintf(format, args...) }

// TestMissing: what is absent skips a test, and fails it under CI.
func TestMissing(t *testing.T) {
	for name, f := range map[string]func(testing.TB){
		"file":    func(tb testing.TB) { Shared(tb, "no such file") },
		"python":  func(tb testing.TB) { Python(tb, "numpy") },
		"message": func(tb testing.TB) { Missing(tb, "install it") },
	} {
		for _, ci := range []string{"", "true"} {
			t.Setenv("CI", ci)
			t.Setenv(EnvPython, "")
			p := &probe{TB: t}
			func() {
				defer func() {
					if r := recover(); r != (ended{}) {
						t.Errorf("%s, CI=%q: it went on: %v", name, ci, r)
					}
				}()
				f(p)
			}()
			if p.skipped != (ci == "") || p.failed != (ci != "") || p.text == "" {
				t.Errorf("%s, CI=%q: skipped %v, failed %v: %s", name, ci, p.skipped, p.failed, p.text)
			}
		}
	}
}

// TestPythonModules: a Python without the modules is as good as none.
func TestPythonModules(t *testing.T) {
	t.Setenv("CI", "")
	t.Setenv(EnvPython, os.Args[0]+" is no Python")
	p := &probe{TB: t}
	func() {
		defer func() { _ = recover() }()
		Python(p, "onnx", "numpy")
	}()
	if !p.skipped || !strings.Contains(p.text, "onnx, numpy") {
		t.Errorf("skipped %v: %s", p.skipped, p.text)
	}
}

// TestRandSeed: the seed that a test has logged gives the same numbers again.
func TestRandSeed(t *testing.T) {
	t.Setenv(EnvSeed, "")
	p := &probe{TB: t}
	first := Rand(p).Uint64()
	_, seed, ok := strings.Cut(p.text, EnvSeed+"=")
	if !ok {
		t.Fatalf("no seed in %q", p.text)
	}
	t.Setenv(EnvSeed, seed)
	if again := Rand(t).Uint64(); again != first {
		t.Errorf("seed %s gives %d, then %d", seed, first, again)
	}
}
