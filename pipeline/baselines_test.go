//go:build !windows

package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"featurecache/head"
	"featurecache/pipeline/gate"
	"featurecache/pipeline/trained"

	"github.com/google/go-cmp/cmp"
)

// putRun puts a run with a record into its place.
func putRun(t *testing.T, o outFolder, n *Record) (name string) {
	t.Helper()
	name, err := o.next(time.Unix(1_800_000_000, 0))
	if err == nil {
		err = os.Mkdir(o.staging(), 0o700)
	}
	if err == nil {
		h := &head.Head{In: 1, Weight: []float32{1, 2}, Bias: []float32{3, 4}, Classes: []string{"a", "b"}}
		err = h.Save(filepath.Join(o.staging(), trained.FileName))
	}
	if err := errors.Join(err, n.write(o.staging()), o.keep(name)); err != nil {
		t.Fatal(err)
	}
	return name
}

func publish(t *testing.T, o outFolder, name string) *baselines {
	t.Helper()
	if err := o.publish(name); err != nil {
		t.Fatal(err)
	}
	s, err := o.baselines()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBaselines(t *testing.T) {
	o := outFolder(t.TempDir())
	if s, err := o.baselines(); err != nil || s.published != "" || s.reference != "" {
		t.Errorf("nothing: %+v, error %v", s, err)
	}
	old := putRun(t, o, &Record{})
	// As records were before there were references.
	text := `{"inputs": "x", "gate": {"images": 20, "published": 0.9, "tonight": 0.95, "only_published": 1, "only_tonight": 2, "p": 0.875, "level": 0.05, "passed": true}}`
	if err := os.WriteFile(filepath.Join(o.run(old), recordFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := publish(t, o, old); s.published != old || s.reference != old || s.compared != 0 || s.record.Inputs != "x" {
		t.Errorf("an old record: %+v", s)
	}
	for _, gained := range []bool{false, true} {
		passed := putRun(t, o, &Record{Gate: &gate.Result{Passed: true, Better: gained}, Reference: old, Compared: 3})
		if s := publish(t, o, passed); s.reference != old || s.compared != 3 || s.gained != gained {
			t.Errorf("%+v", s)
		}
	}
	refused := putRun(t, o, &Record{Gate: &gate.Result{}, Reference: old, Compared: 3})
	if s := publish(t, o, refused); s.reference != refused || s.compared != 0 {
		t.Errorf("a refused head that somebody has published: %+v", s)
	}
	byHand := filepath.Join(t.TempDir(), "mine")
	if err := os.Mkdir(byHand, 0o700); err != nil {
		t.Fatal(err)
	}
	if s := publish(t, o, byHand); s.published != byHand || s.reference != byHand || o.run(byHand) != byHand || s.record != nil {
		t.Errorf("a folder that is no run: %+v", s)
	}
	if err := os.WriteFile(filepath.Join(byHand, recordFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.baselines(); err == nil {
		t.Error("half a record was read")
	}
}

func TestUnchanged(t *testing.T) {
	o := outFolder(t.TempDir())
	name := putRun(t, o, &Record{Inputs: "x"})
	s := publish(t, o, name)
	for inputs, want := range map[string]bool{"x": true, "y": false} {
		if got, err := s.unchanged(inputs); err != nil || got != want {
			t.Errorf("%s: %v, error %v", inputs, got, err)
		}
	}
	path := filepath.Join(o.run(name), trained.FileName)
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.unchanged("x"); err == nil {
		t.Error("a damaged head is unchanged")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got, err := s.unchanged("x"); err != nil || got {
		t.Errorf("a head that is gone is unchanged: %v, error %v", got, err)
	}
}

func TestRefusedAgain(t *testing.T) {
	o := outFolder(t.TempDir())
	first := putRun(t, o, &Record{Gate: &gate.Result{Passed: true}})
	second := putRun(t, o, &Record{Gate: &gate.Result{Passed: true}, Reference: first})
	refuse := func(inputs, reference string) string {
		g := &gate.Result{Comparison: gate.Comparison{Against: second}, Level: .05}
		if reference != second {
			g.Reference = &gate.Comparison{Against: reference}
		}
		return putRun(t, o, &Record{Inputs: inputs, Gate: g})
	}
	s := publish(t, o, second)
	if name, _, err := s.refused("x", .05); err != nil || name != "" {
		t.Errorf("nothing was refused: %s, error %v", name, err)
	}
	x := refuse("x", first)
	putRun(t, o, &Record{Gate: &gate.Result{Passed: true}}) // kept, not published
	for _, c := range []struct {
		inputs    string
		level     float64
		reference string
		want      string
	}{
		{"x", .05, first, x},
		{"y", .05, first, ""},
		{"x", .01, first, ""},
		{"x", .05, second, ""},
	} {
		s.reference = c.reference
		name, record, err := s.refused(c.inputs, c.level)
		if err != nil || name != c.want || (record != nil) != (c.want != "") {
			t.Errorf("%+v: %q, error %v", c, name, err)
		}
	}
	s.reference = first
	refuse("y", first) // only the newest refused run counts
	if name, _, err := s.refused("x", .05); err != nil || name != "" {
		t.Errorf("refused as on %s, error %v", name, err)
	}
	if s = publish(t, o, first); s.published != first {
		t.Fatal(s.published)
	}
	if name, _, err := s.refused("y", .05); err != nil || name != "" {
		t.Errorf("against another head: refused as on %s, error %v", name, err)
	}
}

func TestSettle(t *testing.T) {
	s := &baselines{published: "p", reference: "r", compared: 4}
	for _, c := range []struct {
		gate      gate.Result
		reference string
		compared  int
	}{
		{gate.Result{Passed: true, NewReference: true}, "new", 0},
		{gate.Result{Passed: true}, "r", 5},
		{gate.Result{}, "r", 4},
		{gate.Result{ReferenceLost: true}, "r", 4},
		{gate.Result{Passed: true, ReferenceLost: true}, "p", 1},
		{gate.Result{Passed: true, ReferenceLost: true, NewReference: true}, "new", 0},
	} {
		n := &Record{Gate: &c.gate}
		if s.settle(n, "new"); n.Reference != c.reference || n.Compared != c.compared {
			t.Errorf("%+v: reference %s, compared %d", c.gate, n.Reference, n.Compared)
		}
	}
}

// A month of refusals leaves the runs that one could go back to, and their
// references.
func TestPruneKeepsBothKinds(t *testing.T) {
	o := outFolder(t.TempDir())
	yes, no := &gate.Result{Passed: true}, &gate.Result{}
	var names []string
	for i := range 4 {
		n := &Record{Gate: yes, Reference: fmt.Sprintf("%06d-20270115T080000Z", 1+i/2*2)} // 1 1 3 3
		names = append(names, putRun(t, o, n))
	}
	for range 5 {
		names = append(names, putRun(t, o, &Record{Gate: no}))
	}
	publish(t, o, names[3])
	for _, c := range []struct {
		keep int
		want []string
	}{
		{0, names},
		{9, names},
		{2, append(append([]string{}, names[:4]...), names[7:]...)},
		{1, []string{names[0], names[1], names[2], names[3], names[8]}}, // the second is the newest, the first its reference
	} {
		if err := o.prune(c.keep); err != nil {
			t.Fatal(err)
		}
		if got, err := o.runs(); err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("keep %d: %v, want %v, error %v", c.keep, got, c.want, err)
		}
	}
	// One that can't be read counts as let through, and asks for no reference.
	publish(t, o, names[2])
	if err := o.remove(names[3]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.run(names[1]), recordFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.prune(1); err != nil {
		t.Fatal(err)
	}
	if got, err := o.runs(); err != nil || !cmp.Equal(got, []string{names[1], names[2], names[8]}) {
		t.Errorf("%v, error %v", got, err)
	}
}
