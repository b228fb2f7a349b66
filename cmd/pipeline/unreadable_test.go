//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"featurecache/testdata"
)

const nobody = 65534

// doAsNobody runs a command as a user without root's privileges. The program is started
// through /proc/self/exe, because the user nobody can't read its folder.
func doAsNobody(args ...string) said {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = append([]string{"pipeline"}, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := cmd.Run(); cmd.ProcessState == nil {
		return said{-1, "", err.Error()}
	}
	return said{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// TestUnreadable takes permissions away.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	set := newFaultSet(t)
	want := set.reference(t)
	mine := filepath.Join(set.dir, "mine") // not writable by nobody
	theirs := filepath.Join(set.dir, "theirs")
	mode := func(path string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{mine, theirs} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mode(set.dir, 0o755)
	mode(filepath.Dir(set.dir), 0o755)
	mode(theirs, 0o777)
	store := filepath.Join(theirs, "f.db")
	tried := 0
	denied := func(what string, r said, words ...string) {
		t.Helper()
		tried++
		if r.status == -1 {
			testdata.Missing(t, "can't run a command as another user: %s: run the tests as root", r.stderr)
		}
		r.oneLine(t, what, exitFailed, append(words, "permission denied")...)
	}

	class := filepath.Join(set.data, "train", "dark")
	mode(class, 0)
	denied("a class folder", doAsNobody(set.extract(store)...), "train/dark", "make it readable")
	mode(class, 0o755)
	mode(filepath.Join(set.data, "val"), 0)
	denied("a split's folder", doAsNobody(set.extract(store)...), "val")
	mode(filepath.Join(set.data, "val"), 0o755)
	if _, err := os.Stat(store); err == nil {
		t.Error("a store has been made")
	}

	image := filepath.Join(class, "00.png")
	mode(image, 0)
	tried++
	if r := doAsNobody(set.extract(store, "--max-bad", "0")...); r.status != exitManyBad {
		t.Errorf("an unreadable image: exit status %d: %s", r.status, r.stderr)
	}
	mode(image, 0o644)
	tried++
	if r := doAsNobody(set.extract(store)...); r.status != exitDone {
		t.Fatalf("exit status %d: %s", r.status, r.stderr)
	}
	want.whole(t, store)

	fit := func(store, out string) said {
		return doAsNobody("fit", "--quiet", "--cache", store, "--out", out, "--epochs", "2")
	}
	denied("a folder to put a store in", doAsNobody(set.extract(filepath.Join(mine, "f.db"))...), "change the permissions")
	denied("a folder to put a head in", fit(store, filepath.Join(mine, "head")), "change the permissions")
	denied("a folder to publish in", doAsNobody(set.night(store, filepath.Join(mine, "out"), 1)...), "change the permissions")
	mode(store, 0)
	if os.Getuid() == 0 { // the owner of a file may change its mode
		if err := os.Chown(store, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	denied("a store", fit(store, filepath.Join(theirs, "head")), "change the permissions")
	denied("a store to extract into", doAsNobody(set.extract(store)...), "change the permissions")
	mode(store, 0o644)
	tell(t, "unreadable folders, images, stores", tried, "exit status 1 and one line; 3 for an image over --max-bad 0; readable again: as ever")
}
