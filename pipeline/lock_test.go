//go:build !windows

package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLockFile(t *testing.T) {
	store := filepath.Join(t.TempDir(), "f.db")
	since := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	unlock, err := lockFile(store+".lock", since)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lockFile(store+".lock", time.Now())
	host, _ := os.Hostname()
	want := fmt.Sprintf("pid %d on %s since 2026-11-24T03:00:00Z", os.Getpid(), host)
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), want) {
		t.Fatalf("error %v does not say %q", err, want)
	}
	unlock()
	if text, err := os.ReadFile(store + ".lock"); err != nil || len(text) > 0 {
		t.Errorf("the lock that nobody holds says %q, error %v", text, err)
	}
	if unlock, err = lockFile(store+".lock", since); err != nil {
		t.Fatal(err)
	}
	unlock()
	if _, err := lockFile(filepath.Join(store, "absent", "f.db.lock"), since); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
