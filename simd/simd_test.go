package simd

import (
	"strings"
	"testing"
)

func TestWanted(t *testing.T) {
	for _, l := range Levels() {
		t.Setenv(Env, l.String())
		if got, err := Wanted(); err != nil || got != l {
			t.Errorf("%s=%v gives %v, %v", Env, l, got, err)
		}
	}
	t.Setenv(Env, "")
	if got, err := Wanted(); err != nil || got != Best() {
		t.Errorf("an empty %s gives %v, %v", Env, got, err)
	}
	for _, name := range []string{"sse", "AVX2", " avx2", "0"} {
		t.Setenv(Env, name)
		_, err := Wanted()
		if err == nil || !strings.Contains(err.Error(), Env) || !strings.Contains(err.Error(), "avx512") {
			t.Errorf("%s=%q: got %v, want an error with the variable's name and the levels", Env, name, err)
		}
	}
}

// TestParseAbove asks for each level that the machine lacks: a test that fell back
// in silence would test the wrong kernel.
func TestParseAbove(t *testing.T) {
	for l := Best() + 1; l <= AVX512; l++ {
		if _, err := Parse(l.String()); err == nil || !strings.Contains(err.Error(), "not available") {
			t.Errorf("%v: got %v, want that it is not available", l, err)
		}
	}
}
