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

	"github.com/google/go-cmp/cmp"
)

// putNight puts a night with a record into its place.
func putNight(t *testing.T, o outFolder, n *Night) (name string) {
	t.Helper()
	name, err := o.next(time.Unix(1_800_000_000, 0))
	if err == nil {
		err = os.Mkdir(o.tonight(), 0o700)
	}
	if err == nil {
		h := &head.Head{In: 1, Weight: []float32{1, 2}, Bias: []float32{3, 4}, Classes: []string{"a", "b"}}
		err = h.Save(filepath.Join(o.tonight(), headFile))
	}
	if err := errors.Join(err, n.write(o.tonight()), o.keep(name)); err != nil {
		t.Fatal(err)
	}
	return name
}

func publish(t *testing.T, o outFolder, name string) *standing {
	t.Helper()
	if err := o.publish(name); err != nil {
		t.Fatal(err)
	}
	s, err := o.standing()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStanding(t *testing.T) {
	o := outFolder(t.TempDir())
	if s, err := o.standing(); err != nil || s.published != "" || s.reference != "" {
		t.Errorf("nothing: %+v, error %v", s, err)
	}
	old := putNight(t, o, &Night{})
	// As records were before there were references.
	text := `{"inputs": "x", "gate": {"images": 20, "published": 0.9, "tonight": 0.95, "only_published": 1, "only_tonight": 2, "p": 0.875, "level": 0.05, "passed": true}}`
	if err := os.WriteFile(filepath.Join(o.night(old), nightFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := publish(t, o, old); s.published != old || s.reference != old || s.compared != 0 || s.night.Inputs != "x" {
		t.Errorf("an old record: %+v", s)
	}
	for _, gained := range []bool{false, true} {
		passed := putNight(t, o, &Night{Gate: &GateResult{Passed: true, Better: gained}, Reference: old, Compared: 3})
		if s := publish(t, o, passed); s.reference != old || s.compared != 3 || s.gained != gained {
			t.Errorf("%+v", s)
		}
	}
	refused := putNight(t, o, &Night{Gate: &GateResult{}, Reference: old, Compared: 3})
	if s := publish(t, o, refused); s.reference != refused || s.compared != 0 {
		t.Errorf("a refused head that somebody has published: %+v", s)
	}
	byHand := filepath.Join(t.TempDir(), "mine")
	if err := os.Mkdir(byHand, 0o700); err != nil {
		t.Fatal(err)
	}
	if s := publish(t, o, byHand); s.published != byHand || s.reference != byHand || o.night(byHand) != byHand || s.night != nil {
		t.Errorf("a folder that is no night: %+v", s)
	}
	if err := os.WriteFile(filepath.Join(byHand, nightFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.standing(); err == nil {
		t.Error("half a record was read")
	}
}

func TestUnchanged(t *testing.T) {
	o := outFolder(t.TempDir())
	name := putNight(t, o, &Night{Inputs: "x"})
	s := publish(t, o, name)
	for inputs, want := range map[string]bool{"x": true, "y": false} {
		if got, err := s.unchanged(inputs); err != nil || got != want {
			t.Errorf("%s: %v, error %v", inputs, got, err)
		}
	}
	path := filepath.Join(o.night(name), headFile)
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
	first := putNight(t, o, &Night{Gate: &GateResult{Passed: true}})
	second := putNight(t, o, &Night{Gate: &GateResult{Passed: true}, Reference: first})
	refuse := func(inputs, reference string) string {
		g := &GateResult{Comparison: Comparison{Against: second}, Level: .05}
		if reference != second {
			g.Reference = &Comparison{Against: reference}
		}
		return putNight(t, o, &Night{Inputs: inputs, Gate: g})
	}
	s := publish(t, o, second)
	if name, _, err := s.refused("x", .05); err != nil || name != "" {
		t.Errorf("nothing was refused: %s, error %v", name, err)
	}
	x := refuse("x", first)
	putNight(t, o, &Night{Gate: &GateResult{Passed: true}}) // kept, not published
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
		name, night, err := s.refused(c.inputs, c.level)
		if err != nil || name != c.want || (night != nil) != (c.want != "") {
			t.Errorf("%+v: %q, error %v", c, name, err)
		}
	}
	s.reference = first
	refuse("y", first) // only the newest refused night counts
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
	s := &standing{published: "p", reference: "r", compared: 4}
	for _, c := range []struct {
		gate      GateResult
		reference string
		compared  int
	}{
		{GateResult{Passed: true, NewReference: true}, "tonight", 0},
		{GateResult{Passed: true}, "r", 5},
		{GateResult{}, "r", 4},
		{GateResult{ReferenceLost: true}, "r", 4},
		{GateResult{Passed: true, ReferenceLost: true}, "p", 1},
		{GateResult{Passed: true, ReferenceLost: true, NewReference: true}, "tonight", 0},
	} {
		n := &Night{Gate: &c.gate}
		if s.settle(n, "tonight"); n.Reference != c.reference || n.Compared != c.compared {
			t.Errorf("%+v: reference %s, compared %d", c.gate, n.Reference, n.Compared)
		}
	}
}

// A month of refusals leaves the nights that one could go back to, and their
// references.
func TestPruneKeepsBothKinds(t *testing.T) {
	o := outFolder(t.TempDir())
	yes, no := &GateResult{Passed: true}, &GateResult{}
	var names []string
	for i := range 4 {
		n := &Night{Gate: yes, Reference: fmt.Sprintf("%06d-20270115T080000Z", 1+i/2*2)} // 1 1 3 3
		names = append(names, putNight(t, o, n))
	}
	for range 5 {
		names = append(names, putNight(t, o, &Night{Gate: no}))
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
		if got, err := o.nights(); err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("keep %d: %v, want %v, error %v", c.keep, got, c.want, err)
		}
	}
	// One that can't be read counts as let through, and asks for no reference.
	publish(t, o, names[2])
	if err := o.remove(names[3]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.night(names[1]), nightFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.prune(1); err != nil {
		t.Fatal(err)
	}
	if got, err := o.nights(); err != nil || !cmp.Equal(got, []string{names[1], names[2], names[8]}) {
		t.Errorf("%v, error %v", got, err)
	}
}
