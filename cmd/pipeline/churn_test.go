package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featurecache/cache"
)

// A churn changes an image folder as others do who know nothing of the extract that
// is reading it.
type churn struct {
	data     string
	rng      *rand.Rand
	pictures [][]byte // two lengths only: a new picture is often as long as the old
	changes  map[string]int
}

// once makes one change. A file that is not there any more is no reason to end.
func (c *churn) once() error {
	class := filepath.Join(c.data, []string{"train", "val"}[c.rng.IntN(2)], []string{"dark", "light"}[c.rng.IntN(2)])
	any := func() string { return filepath.Join(class, fmt.Sprintf("%02d.png", c.rng.IntN(faultTrain))) }
	path, other := any(), any()
	picture := c.pictures[c.rng.IntN(len(c.pictures))]
	swap := func() error {
		return errors.Join(os.Rename(path, path+".tmp"), os.Rename(other, path), os.Rename(path+".tmp", other))
	}
	kinds := map[string]func() error{
		"rewritten":    func() error { return os.WriteFile(path, picture, 0o644) },
		"half written": func() error { return os.WriteFile(path, picture[:c.rng.IntN(len(picture))], 0o644) },
		"rewritten under an old time": func() error {
			return errors.Join(os.WriteFile(path, picture, 0o644), makeOld(c.rng, path))
		},
		"replaced": func() error {
			return errors.Join(os.WriteFile(path+".tmp", picture, 0o644), os.Rename(path+".tmp", path))
		},
		"renamed": func() error { return os.Rename(path, other) },
		"removed": func() error { return os.Remove(path) },
		"swapped": swap,
		"swapped and swapped back": func() error {
			err := swap()
			time.Sleep(upTo(c.rng, 20*time.Millisecond))
			return errors.Join(err, swap())
		},
		"made a pipe's": func() error {
			return errors.Join(os.RemoveAll(path), makePipe(path), os.Remove(path), os.WriteFile(path, picture, 0o644))
		},
	}
	names := slices.Sorted(maps.Keys(kinds))
	kind := names[c.rng.IntN(len(names))]
	c.changes[kind]++
	if err := kinds[kind](); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// makeOld gives a file a time of its own, long ago: such a file's stamp is trusted.
func makeOld(rng *rand.Rand, path string) error {
	when := time.Now().Add(-time.Hour - upTo(rng, 1000*time.Hour))
	return os.Chtimes(path, when, when)
}

// TestChurn extracts again and again from a folder that is changed all the while.
// When it rests, the next extract knows every image for what it is.
func TestChurn(t *testing.T) {
	t.Parallel()
	set := newFaultSet(t)
	c := &churn{data: set.data, rng: rand.New(rand.NewPCG(set.rng.Uint64(), 0)), changes: map[string]int{}}
	for i := range 12 {
		side := []int{24, 40}[i%2]
		c.pictures = append(c.pictures, set.noise(t, side, false))
	}
	all, err := filepath.Glob(filepath.Join(set.data, "*", "*", "*.png"))
	for _, path := range all {
		err = errors.Join(err, makeOld(set.rng, path))
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(set.dir, "f.db")
	args := set.extract(path, "--max-bad", "1")
	tried, changes := 0, 0
	for n := (trials(t, 8) + 3) / 4; tried < n; tried++ {
		stop, stopped := make(chan struct{}), make(chan error, 1)
		go func() { // the extracts end long before the changes
			for {
				select {
				case <-stop:
					stopped <- nil
					return
				default:
				}
				if err := c.once(); err != nil {
					stopped <- err
					return
				}
			}
		}()
		for range 4 {
			if set.rng.IntN(2) == 0 {
				removeAll(t, path) // so that all images are read
			}
			// A class that happens to be empty is an error like any other.
			if r := do(args...); r.status != exitDone && !strings.Contains(r.stderr, "has no images") {
				t.Errorf("while images change: %d, %s", r.status, r.stderr)
			}
		}
		close(stop)
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		for _, class := range []string{"train/dark", "train/light", "val/dark", "val/light"} {
			set.writeNoise(t, filepath.Join(set.data, class, "rest.png"), 40)
		}
		must(t, args...)
		sameAsFresh(t, path, set)
		must(t, args...) // what it then knows by their stamps
		sameAsFresh(t, path, set)
	}
	for _, n := range c.changes {
		changes += n
	}
	tell(t, "images changing while read", 4*tried, "%d changes of %d kinds meanwhile; then every image as in a fresh store", changes, len(c.changes))
}

// sameAsFresh requires that the last extract saw and has what a fresh one sees and makes.
func sameAsFresh(t *testing.T, path string, set faultSet) {
	t.Helper()
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	must(t, set.extract(fresh, "--max-bad", "1")...)
	got, want := lastScan(t, path), lastScan(t, fresh)
	if diff := slices.Compare(got, want); diff != 0 {
		t.Errorf("the last extract saw\n%s\nand a fresh one\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	features, _ := stored(t, path)
	all, _ := stored(t, fresh)
	for k, f := range all {
		if !slices.Equal(features[k], f) {
			t.Errorf("other bits of %v than a fresh store's", k.key)
		}
	}
}

// lastScan lists what the last extract saw: good images with their content, bad ones
// with the reason.
func lastScan(t *testing.T, path string) (list []string) {
	t.Helper()
	s, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, scan, err := s.LastScan()
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range scan.Images {
		list = append(list, fmt.Sprintf("%s %d %v", img.Path, img.Label, img.Content))
	}
	for _, bad := range scan.Bad {
		list = append(list, fmt.Sprintf("%s %s", bad.Path, bad.Reason))
	}
	return list
}

// TestTogether lets several extracts and nights of one store begin at once: each does
// its work or says that another is at it, and the store is as if there had been one.
func TestTogether(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	path, out := filepath.Join(set.dir, "f.db"), filepath.Join(set.dir, "out")
	tried, held := 0, 0
	for range (trials(t, 8) + 3) / 4 {
		removeAll(t, path, out)
		commands := [][]string{set.extract(path), set.extract(path), set.night(path, out, 1), set.night(path, out, 2)}
		ends := make([]said, len(commands))
		var all sync.WaitGroup
		for i, args := range commands {
			all.Go(func() { ends[i] = doAlone(args...) })
		}
		all.Wait()
		for i, r := range ends {
			tried++
			switch r.status {
			case exitDone:
			case exitHeld:
				held++
				r.oneLine(t, strings.Join(commands[i], " "), exitHeld, "another")
			default:
				t.Errorf("pipeline %s: exit status %d: %s", strings.Join(commands[i], " "), r.status, r.stderr)
			}
		}
		want.whole(t, path)
	}
	tell(t, "extracts and runs at once", tried, "%d exit status 75, the others 0; store as an undisturbed one", held)
}
