//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"featurecache/cache"
	"featurecache/testdata"
)

// A child is the command in a process of its own.
type child struct {
	*exec.Cmd
	stderr bytes.Buffer
}

func start(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command("pipeline", args...)}
	c.Stderr = &c.stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c
}

func (c *child) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := c.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// end waits for the end, which has to come soon.
func (c *child) end(t *testing.T, within time.Duration) said {
	t.Helper()
	late := time.AfterFunc(within, func() { _ = c.Process.Kill() })
	_ = c.Wait()
	if !late.Stop() {
		t.Fatalf("it has not ended within %v: %s", within, &c.stderr)
	}
	return said{status: c.ProcessState.ExitCode(), stderr: c.stderr.String()}
}

// One signal at any moment of an extract: it ends cleanly, says how far it came, and
// the next goes on from there.
func TestSignalOnce(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	path := filepath.Join(set.dir, "f.db")
	args := set.extract(path)
	k := newKiller(t, set.rng, func() { removeAll(t, path) }, sizeOf(path), args)
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}
	tried, interrupted, early, done, kept := 0, 0, 0, 0, 0
	for n := trials(t, 4); interrupted < n && tried < 20*n; tried++ {
		c := start(t, args...)
		time.Sleep(upTo(k.rng, k.life))
		_ = c.Process.Signal(signals[tried%2])
		r := c.end(t, time.Minute)
		features, scanned := want.check(t, path)
		if features < kept {
			t.Fatalf("%d features where %d were committed", features, kept)
		}
		kept = features
		switch {
		case r.status == exitDone:
			want.whole(t, path)
			done++
		case r.status == -1: // the signal came before the process could mind it
			early++
		case scanned:
			t.Fatalf("exit status %d, but the scan is kept: %s", r.status, r.stderr)
		default:
			r.oneLine(t, "interrupted", exitFailed, "same command")
			interrupted++
		}
		if r.status == exitDone || tried%3 == 2 {
			removeAll(t, path)
			kept = 0
		}
	}
	if interrupted == 0 {
		t.Error("no signal came in time")
	}
	must(t, args...)
	want.whole(t, path)
	tell(t, "one SIGINT or SIGTERM", tried, "%d interrupted: exit status 1, what was computed is kept; %d had ended: 0; %d killed before main: no harm", interrupted, done, early)
}

// Two signals: the second ends the process at once, though the first was heard and
// what it waits for has not come.
func TestSignalTwice(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		testdata.Missing(t, "no way to see that a process has heard a signal: %v: run this test on Linux", err)
	}
	set := newFaultSet(t)
	want := set.reference(t)
	path := filepath.Join(set.dir, "f.db")
	if err := os.WriteFile(filepath.Join(set.data, "train", "dark", "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	holder, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	args := set.extract(path)
	args = append(args[:1], args[2:]...) // without --quiet
	tried := 0
	for _, signals := range [][2]syscall.Signal{{syscall.SIGINT, syscall.SIGINT}, {syscall.SIGINT, syscall.SIGTERM}, {syscall.SIGTERM, syscall.SIGTERM}} {
		tried++
		cmd := exec.Command("pipeline", args...)
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// It says what it passes over before it waits for the store.
		said := bufio.NewReader(stderr)
		for _, want := range []string{"notes.txt", "preprocessing"} {
			line, err := said.ReadString('\n')
			if err != nil || !strings.Contains(line, want) {
				t.Fatalf("it said %q, %v", line, err)
			}
		}
		began := time.Now()
		for i, s := range signals {
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatalf("signal %d: %v", i+1, err)
			}
			waitUntilHeard(t, cmd.Process.Pid)
		}
		rest, _ := io.ReadAll(said)
		_ = cmd.Wait()
		if got, want := cmd.ProcessState.ExitCode(), 128+int(signals[1]); got != want {
			t.Errorf("%v: exit status %d, want %d; after %v: %s", signals, got, want, time.Since(began), rest)
		}
		if len(rest) > 0 {
			t.Errorf("%v: it said %s", signals, rest)
		}
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	must(t, args...)
	want.whole(t, path)
	tell(t, "two signals, the first heard", tried, "exit status 130 or 143 at once; the next run as if undisturbed")
}

// waitUntilHeard returns when a process has dealt with the signals sent to it: none
// is pending and every thread sleeps, so no goroutine can run; or when it has ended.
func waitUntilHeard(t *testing.T, pid int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(time.Millisecond) {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		busy := false
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			if err != nil {
				busy = !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ESRCH)
				continue // the thread has ended
			}
			asleep := regexp.MustCompile(`(?m)^State:\s+[SZX]`).Match(text)
			pending := regexp.MustCompile(`(?m)^(SigPnd|ShdPnd):\s+0*[1-9a-f]`).Match(text)
			busy = busy || !asleep || pending
		}
		if !busy {
			return
		}
	}
	t.Fatal("the process does not come to rest after a signal")
}

// Two signals in one breath: neither is lost.
func TestSignalsTogether(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	path := filepath.Join(set.dir, "f.db")
	args := set.extract(path)
	k := newKiller(t, set.rng, func() { removeAll(t, path) }, sizeOf(path), args)
	tried, hard, clean := 0, 0, 0
	for n := trials(t, 4); hard < n && tried < 20*n; tried++ {
		c := start(t, args...)
		time.Sleep(upTo(k.rng, k.life))
		// Stopped, it gets both when it goes on.
		for _, s := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCONT} {
			_ = c.Process.Signal(s)
		}
		r := c.end(t, time.Minute)
		switch r.status {
		case 130, 143:
			hard++
		case exitFailed: // the first one's clean end was quicker than the second
			clean++
		case exitDone, -1: // it had ended, or not begun
		default:
			t.Fatalf("exit status %d: %s", r.status, r.stderr)
		}
		if _, scanned := want.check(t, path); scanned {
			removeAll(t, path)
		}
	}
	if hard <= clean {
		t.Errorf("a second signal was lost, or none came in time: %d hard ends, %d clean ones", hard, clean)
	}
	must(t, args...)
	want.whole(t, path)
	tell(t, "two signals at once", tried, "%d met it at work: exit status 130 or 143; %d ended cleanly before the second; no feature lost", hard, clean)
}
