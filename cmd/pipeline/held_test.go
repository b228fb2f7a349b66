//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"featurecache/cache"
)

// TestHeld runs all commands on a store that another process is writing to.
func TestHeld(t *testing.T) {
	t.Parallel()
	set := newFaultSet(t)
	set.reference(t)
	path, head := filepath.Join(set.dir, "f.db"), filepath.Join(set.dir, "trained")
	must(t, set.extract(path)...)
	must(t, "fit", "--quiet", "--cache", path, "--out", head, "--epochs", "2")
	holder, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	commands := storeCommands(set, path, head, t.TempDir())
	var all sync.WaitGroup
	for name, args := range commands { // all at once, because each waits five seconds
		all.Go(func() { do(args...).oneLine(t, name, exitHeld, "another process", "try again") })
	}
	all.Wait()
	tell(t, "store held by another process", len(commands), "exit status 75, one line")
}

// TestHeldRun starts a run while another one is stopped, and again after that one has
// been killed: the second attempt takes over.
func TestHeldRun(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	path, out := filepath.Join(set.dir, "f.db"), filepath.Join(set.dir, "out")
	args := set.night(path, out, 1)
	tried := 0
	for range (trials(t, 8) + 3) / 4 {
		removeAll(t, path, out)
		first := start(t, args...)
		lock := path + ".lock"
		mine := fmt.Sprintf("pid %d on ", first.Process.Pid)
		for began := time.Now(); ; time.Sleep(100 * time.Microsecond) {
			if text, _ := os.ReadFile(lock); strings.Contains(string(text), mine) {
				break
			}
			if time.Since(began) > time.Minute {
				t.Fatal("the first run does not take the lock")
			}
		}
		first.signal(t, syscall.SIGSTOP)
		text, _ := os.ReadFile(lock)
		if len(text) == 0 {
			continue // it has already ended
		}
		tried++
		doAlone(args...).oneLine(t, "a second run", exitHeld, mine, "another run is in progress")
		if tried%2 == 0 {
			_ = first.Process.Kill()
			first.end(t, time.Minute)
			must(t, args...)
		} else {
			first.signal(t, syscall.SIGCONT)
			if r := first.end(t, time.Minute); r.status != exitDone {
				t.Errorf("the first run: exit status %d: %s", r.status, r.stderr)
			}
		}
		want.whole(t, path)
		publishedNight(t, out)
	}
	if tried == 0 {
		t.Error("no run was met at work")
	}
	tell(t, "a run at work, then going on or killed", tried, "exit status 75 and whom to ask; then the next as ever")
}
