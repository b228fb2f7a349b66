//go:build !windows

package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// makeRun makes, keeps and publishes a run with two files of the same text.
func makeRun(t *testing.T, o outFolder, now time.Time) string {
	t.Helper()
	name, err := o.next(now)
	if err == nil {
		err = os.Mkdir(o.staging(), 0o700)
	}
	for _, file := range []string{"a", "b"} {
		if err == nil {
			err = os.WriteFile(filepath.Join(o.staging(), file), []byte(name), 0o600)
		}
	}
	if err == nil {
		err = o.keep(name)
	}
	if err == nil {
		err = o.publish(name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRunsAreNumbered(t *testing.T) {
	o := outFolder(filepath.Join(t.TempDir(), "o[u]t*"))
	if err := errors.Join(os.Mkdir(string(o), 0o700), o.prepare()); err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	var names []string
	for i := range 5 {
		names = append(names, makeRun(t, o, first.AddDate(0, 0, -i))) // the clock goes backwards
	}
	if got, err := o.runs(); err != nil || !cmp.Equal(got, names) {
		t.Fatalf("runs %v, error %v, want %v", got, err, names)
	}
	// What is published stays, however old; others' folders do too.
	if err := os.Mkdir(o.run("notes"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := o.publish(names[1]); err != nil {
		t.Fatal(err)
	}
	if err := o.prune(1); err != nil {
		t.Fatal(err)
	}
	want := []string{names[1], names[4]}
	if got, err := o.runs(); err != nil || !cmp.Equal(got, want) {
		t.Fatalf("after prune: %v, error %v, want %v", got, err, want)
	}
	if _, err := os.Stat(o.run("notes")); err != nil {
		t.Error(err)
	}
	if name, err := o.published(); err != nil || name != names[1] {
		t.Errorf("published %s, error %v", name, err)
	}
	if err := errors.Join(os.Remove(o.current()), os.Symlink("../else/"+names[4]+"/", o.current())); err != nil {
		t.Fatal(err)
	}
	if name, err := o.published(); err != nil || name != names[4] {
		t.Errorf("a link by another way: %s, error %v", name, err)
	}
	// What was cut off is cleared away, what is somebody's is not.
	for _, name := range []string{removedName + names[0], stagingName, ".current123", ".currently"} {
		if err := os.MkdirAll(filepath.Join(o.run(name), "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := o.prepare(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(o.run(name)); (err == nil) != (name == ".currently") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Whoever resolves current finds a whole run, at every moment.
func TestReadersSeeWholeRuns(t *testing.T) {
	o := outFolder(t.TempDir())
	makeRun(t, o, time.Now())
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			dir, err := filepath.EvalSymlinks(o.current())
			if err != nil {
				ended <- err
				return
			}
			for _, file := range []string{"a", "b"} {
				text, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil || string(text) != filepath.Base(dir) {
					ended <- err
					t.Errorf("%s has %q, error %v", dir, text, err)
					return
				}
			}
		}
	}()
	for range 200 {
		makeRun(t, o, time.Now())
		if err := o.prune(50); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
