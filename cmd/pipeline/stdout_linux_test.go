package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"featurecache/testdata"
)

// commandsWithResults are commands with results on stdout, in all their forms.
func commandsWithResults(t *testing.T) map[string][]string {
	t.Helper()
	set := newFaultSet(t)
	store, head := filepath.Join(set.dir, "f.db"), filepath.Join(set.dir, "head")
	must(t, set.extract(store)...)
	must(t, "fit", "--quiet", "--cache", store, "--out", head, "--epochs", "2")
	fit := []string{"fit", "--cache", store, "--out", filepath.Join(set.dir, "other"), "--epochs", "2"}
	predict := []string{"predict", "--head", head, "--backbone", set.net, filepath.Join(set.data, "val")}
	merged := filepath.Join(set.dir, "merged.db")
	return map[string][]string{
		"help":          {"--help"},
		"version":       {"--version"},
		"completion":    {"completion", "bash"},
		"cache ls":      {"cache", "ls", "--cache", store},
		"cache ls json": {"cache", "ls", "--cache", store, "--json"},
		"cache verify":  {"cache", "verify", "--cache", store},
		"cache merge":   {"cache", "merge", store, "--into", merged},
		"fit":           fit,
		"fit json":      append(fit[:len(fit):len(fit)], "--json"),
		"predict":       predict,
		"predict csv":   append(predict[:len(predict):len(predict)], "--csv"),
		"predict json":  append(predict[:len(predict):len(predict)], "--json"),
		"report":        {"report", "--cache", store, "--head", head, "--html", filepath.Join(set.dir, "page.html")},
		"inspect":       {"backbone", "inspect", "--backbone", set.net},
		"inspect json":  {"backbone", "inspect", "--backbone", set.net, "--json"},
		"preview":       {"preview", "--cache", store, "--png", filepath.Join(set.dir, "p.png")},
		"extract":       without(set.extract(store), "--quiet"),
		"run":           without(set.night(store, filepath.Join(set.dir, "out"), 1), "--quiet"),
	}
}

func without(args []string, flag string) (rest []string) {
	for _, a := range args {
		if a != flag {
			rest = append(rest, a)
		}
	}
	return rest
}

// TestFullStdout writes results to a full disk: each command fails with one line.
func TestFullStdout(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		testdata.Missing(t, "there is no full device to write to: %v", err)
	}
	defer full.Close()
	commands := commandsWithResults(t)
	for name, args := range commands {
		var stderr bytes.Buffer
		status := run(context.Background(), args, console{full, &stderr})
		if n := strings.Count(stderr.String(), syscall.ENOSPC.Error()); status != exitFailed || n != 1 {
			t.Errorf("%s: exit status %d, want %d, and %d lines that say why, want 1:\n%s", name, status, exitFailed, n, stderr.String())
		}
	}
	tell(t, "stdout full", len(commands), "exit status 1, one line")
}

// unread is a pipe whose reader has gone.
func unread(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestClosedStdout writes results to a closed pipe: nothing is printed about it.
func TestClosedStdout(t *testing.T) {
	for name, args := range commandsWithResults(t) {
		w := unread(t)
		var stderr bytes.Buffer
		status := run(context.Background(), args, console{w, &stderr})
		if status != exitFailed || strings.Contains(stderr.String(), syscall.EPIPE.Error()) {
			t.Errorf("%s: exit status %d, want %d:\n%s", name, status, exitFailed, stderr.String())
		}
	}
}

// A process dies of SIGPIPE, as is usual.
func TestClosedStdoutOfProcess(t *testing.T) {
	w := unread(t)
	var stderr bytes.Buffer
	cmd := exec.Command("pipeline", "--help")
	cmd.Stdout, cmd.Stderr = w, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE || stderr.Len() > 0 {
		t.Errorf("%v: %s", err, stderr.String())
	}
}
