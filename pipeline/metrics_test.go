package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featurecache/extract"
	"featurecache/pipeline/gate"
)

// What each outcome leaves in the file, one run after the other.
func TestWriteMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.prom")
	began := time.Unix(1_800_000_000, 0)
	refusal := &gate.Result{Comparison: gate.Comparison{P: .01, Images: 20}, Reference: &gate.Comparison{P: .02, Images: 19}}
	ok := &Record{Accuracy: .5, Reference: "a\"\\\n\xff", Gate: &gate.Result{Comparison: gate.Comparison{P: 1}, Passed: true}}
	for day, c := range []struct {
		name   string
		result Result
		exit   int
		has    []string
		lacks  []string
	}{
		{"failed at first", Result{Outcome: Failed}, 1, []string{"exit_status 1"}, []string{"last_success", "gate", "images"}},
		{"published", Result{Outcome: Published, Extract: &extract.Summary{Images: 3}, Record: ok}, 0,
			[]string{"last_success_timestamp_seconds 1.800086401e+09\n", "run_published 1", "validation_accuracy 0.5", "gate_passed 1", `{night="a\"\\\n?"} 1`},
			[]string{"gate_reference"}},
		{"unchanged", Result{Outcome: Unchanged, Record: ok}, 0, []string{"last_success_timestamp_seconds 1.800172801e+09\n", "run_published 0", "gate_passed 1"}, nil},
		{"refused", Result{Outcome: Refused, Record: &Record{Gate: refusal}}, 4,
			[]string{"last_success_timestamp_seconds 1.800172801e+09\n", "last_run_timestamp_seconds 1.800259201e+09\n", "gate_passed 0",
				"gate_reference_p_value 0.02", "gate_reference_images 19"}, nil},
		{"held", Result{Outcome: Failed}, 75, []string{"last_success_timestamp_seconds 1.800172801e+09\n", "exit_status 75"}, []string{"accuracy"}},
		{"failed", Result{Outcome: Failed, Stages: []Stage{{"extract", 1}}}, 1,
			[]string{"last_success_timestamp_seconds 1.800172801e+09\n", `{stage="extract"} 1`}, []string{"accuracy"}},
	} {
		c.result.Began, c.result.Seconds = began.AddDate(0, 0, day), 1
		if err := WriteMetrics(path, &c.result, c.exit); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.has {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, text)
			}
		}
		for _, not := range c.lacks {
			if strings.Contains(string(text), not) {
				t.Errorf("%s: %q in\n%s", c.name, not, text)
			}
		}
	}
	if err := WriteMetrics(filepath.Join(path, "under-a-file"), &Result{}, 0); err == nil {
		t.Error("written under a file")
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
}
