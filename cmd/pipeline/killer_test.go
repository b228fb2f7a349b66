//go:build unix

package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A killer runs the command in a process of its own and kills it at random moments:
// half of them spread over the time that it takes, a quarter over what it writes, and
// a quarter when all is written but the end, which is soon over.
type killer struct {
	life     time.Duration // of an undisturbed one
	progress func() int64  // of what it writes
	rng      *rand.Rand
	finished int64 // the progress of one that has ended

	tried, landed int
	phases        map[string]int // where the kills met it, by what it left behind
}

// newKiller measures how long the command takes, and how far it comes.
func newKiller(t *testing.T, rng *rand.Rand, before func(), progress func() int64, args []string) *killer {
	t.Helper()
	k := &killer{progress: progress, rng: rng, phases: map[string]int{}}
	for range 2 {
		before()
		began := time.Now()
		if out, err := exec.Command("pipeline", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		k.life = max(k.life, time.Since(began))
	}
	k.finished = progress()
	before()
	return k
}

// sizeOf is the progress of a command that writes one file.
func sizeOf(path string) func() int64 {
	return func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return info.Size()
	}
}

// kill runs the command and kills it, if it has not ended by then.
func (k *killer) kill(t *testing.T, args []string) (landed bool) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("pipeline", args...)
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	k.wait(ended)
	_ = cmd.Process.Kill()
	<-ended
	k.tried++
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		k.landed++
		landed = true
	} else if !cmd.ProcessState.Success() {
		t.Fatalf("pipeline %s: %v\n%s", strings.Join(args, " "), cmd.ProcessState, &stderr)
	}
	if strings.Contains(stderr.String(), "panic") || strings.Contains(stderr.String(), "goroutine ") {
		t.Fatalf("a panic: %s", &stderr)
	}
	return landed
}

// wait waits for the moment of a kill, or for the end.
func (k *killer) wait(ended <-chan struct{}) {
	sleep := func(d time.Duration) (late bool) {
		select {
		case <-ended:
			return true
		case <-time.After(d):
			return false
		}
	}
	now := k.progress()
	if k.tried%2 == 0 || now >= k.finished {
		sleep(upTo(k.rng, k.life))
		return
	}
	target := k.finished
	if k.tried%4 == 1 {
		target = now + k.rng.Int64N(k.finished-now+1)
	}
	for k.progress() < target {
		if sleep(100 * time.Microsecond) {
			return
		}
	}
	sleep(upTo(k.rng, 2*time.Millisecond))
}

// goOn reports whether more kills are to land. Some come when all is done.
func (k *killer) goOn(n int) bool { return k.landed < n && k.tried < 10*n }

func (k *killer) tell(t *testing.T, what, outcome string, args ...any) {
	t.Helper()
	var where []string
	for _, phase := range slices.Sorted(maps.Keys(k.phases)) {
		where = append(where, fmt.Sprintf("%s %d", phase, k.phases[phase]))
	}
	tell(t, "kill -9 of "+what, k.landed, "%s; met at: %s", fmt.Sprintf(outcome, args...), strings.Join(where, ", "))
	if k.landed == 0 {
		t.Error("no kill met a living process")
	}
}
