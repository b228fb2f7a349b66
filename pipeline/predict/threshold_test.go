package predict

import (
	"strings"
	"testing"
)

func TestParseThreshold(t *testing.T) {
	for s, want := range map[string]Threshold{
		"0.5": {"", 0.5}, "0": {"", 0}, "ants=1": {"ants", 1}, "a=b=0.25": {"a=b", 0.25},
	} {
		if got, err := ParseThreshold(s); err != nil || got != want {
			t.Errorf("%q: %+v, error %v", s, got, err)
		}
	}
	for _, s := range []string{"", "ants", "ants=", "=0.5", "-0.1", "1.1", "NaN", "ants=Inf"} {
		if got, err := ParseThreshold(s); err == nil || !strings.Contains(err.Error(), `"`+s+`"`) {
			t.Errorf("%q: %+v, error %v", s, got, err)
		}
	}
}

func TestRule(t *testing.T) {
	classes := []string{"ants", "bees", "wasps"}
	all, own := func(p float64) Threshold { return Threshold{"", p} }, func(class string, p float64) Threshold { return Threshold{class, p} }
	for _, c := range []struct {
		name          string
		thresholds    []Threshold
		probabilities []float32
		class         string
		unsure        bool
	}{
		{"the most likely class", nil, []float32{.2, .5, .3}, "bees", false},
		{"the first of equals", nil, []float32{.4, .4, .2}, "ants", false},
		{"below the threshold of all", []Threshold{all(.6)}, []float32{.2, .5, .3}, "bees", true},
		{"printed like the threshold", []Threshold{all(.7)}, []float32{.7, .2, .1}, "ants", false},
		{"a class at its own threshold", []Threshold{own("wasps", .3)}, []float32{.2, .5, .3}, "wasps", false},
		{"below its own threshold", []Threshold{own("wasps", .35)}, []float32{.2, .5, .3}, "bees", false},
		{"two at their own thresholds", []Threshold{own("ants", .2), own("wasps", .3)}, []float32{.2, .5, .3}, "wasps", false},
		{"its own counts, not that of all", []Threshold{own("bees", .4), all(.9)}, []float32{.2, .5, .3}, "bees", false},
		{"in either order", []Threshold{all(.9), own("bees", .4)}, []float32{.2, .5, .3}, "bees", false},
		{"the most likely misses its own", []Threshold{own("bees", .6)}, []float32{.2, .5, .3}, "bees", true},
	} {
		r, err := newRule(classes, c.thresholds)
		if err != nil {
			t.Fatal(err)
		}
		if p := r.prediction("x.jpg", c.probabilities); p.Class != c.class || p.Unsure != c.unsure || p.Probabilities["wasps"] != c.probabilities[2] {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
	if _, err := newRule(classes, []Threshold{own("flies", .5)}); err == nil || !strings.Contains(err.Error(), `"flies"`) {
		t.Errorf("an unknown class: %v", err)
	}
}
