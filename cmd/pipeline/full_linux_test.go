package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"featurecache/testdata"

	"golang.org/x/sys/unix"
)

const diskPage = 4096

// smallDisk mounts a disk of some pages. Only root may.
func smallDisk(t *testing.T, pages int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", pages*diskPage)); err != nil {
		testdata.Missing(t, "can't mount a small disk: %v: run the tests as root", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error("a file has been left open:", err)
			_ = unix.Unmount(dir, unix.MNT_DETACH)
		}
	})
	return dir
}

func remount(t *testing.T, dir string, flags uintptr, data string) {
	t.Helper()
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|flags, data); err != nil {
		t.Fatal(err)
	}
}

// A writing is a command that writes to a disk that may be too small for it.
type writing struct {
	name    string
	args    func(disk string) []string
	before  func(t *testing.T, disk string) // prepares the disk; may be nil
	results []string                        // files that are complete or missing, and always the same
	store   string                          // a store that must end up as the reference
}

// writings are the commands that write. Their input is in the set's folder.
func writings(t *testing.T, set faultSet) []writing {
	t.Helper()
	at := func(name string) string { return filepath.Join(set.dir, name) }
	must(t, set.extract(at("f.db"))...)
	must(t, set.extract(at("fat.db"), "--view-seed", "9")...)
	must(t, set.extract(at("fat.db"))...)
	must(t, "fit", "--quiet", "--cache", at("f.db"), "--out", at("head"), "--epochs", "2")
	// With one pixel a feature has 64 bytes, so that a network with the head is small.
	must(t, "extract", "--quiet", "--data", set.data, "--backbone", set.net, "--views", "2", "--cache", at("small.db"))
	must(t, "fit", "--quiet", "--cache", at("small.db"), "--out", at("small"), "--epochs", "2")
	return []writing{
		{name: "extract", store: "f.db", args: func(d string) []string { return set.extract(filepath.Join(d, "f.db")) }},
		{name: "run", store: "f.db", results: []string{"out/current/head.safetensors"}, args: func(d string) []string {
			return set.night(filepath.Join(d, "f.db"), filepath.Join(d, "out"), 1)
		}},
		{name: "run --out", results: []string{"out/current/head.safetensors"}, args: func(d string) []string {
			return set.night(at("f.db"), filepath.Join(d, "out"), 1)
		}},
		{name: "fit --out", results: []string{"head/head.safetensors"}, args: func(d string) []string {
			return []string{"fit", "--quiet", "--cache", at("f.db"), "--out", filepath.Join(d, "head"), "--epochs", "2"}
		}},
		{name: "export npz", results: []string{"f.npz"}, args: func(d string) []string {
			return []string{"export", "--format", "npz", "--cache", at("f.db"), "--file", filepath.Join(d, "f.npz")}
		}},
		{name: "export parquet", results: []string{"f.parquet"}, args: func(d string) []string {
			return []string{"export", "--format", "parquet", "--cache", at("f.db"), "--file", filepath.Join(d, "f.parquet")}
		}},
		{name: "export safetensors", results: []string{"h.safetensors"}, args: func(d string) []string {
			return []string{"export", "--format", "safetensors", "--head", at("head"), "--file", filepath.Join(d, "h.safetensors")}
		}},
		{name: "export onnx", results: []string{"new.onnx"}, args: func(d string) []string {
			return []string{"export", "--format", "onnx", "--head", at("small"), "--backbone", set.net, "--file", filepath.Join(d, "new.onnx")}
		}},
		{name: "report", results: []string{"page.html"}, args: func(d string) []string {
			return []string{"report", "--cache", at("f.db"), "--head", at("head"), "--html", filepath.Join(d, "page.html")}
		}},
		{name: "cache merge", store: "m.db", args: func(d string) []string {
			return []string{"cache", "merge", "--quiet", at("f.db"), "--into", filepath.Join(d, "m.db")}
		}},
		{name: "cache gc", store: "f.db", before: func(t *testing.T, d string) { copyFile(t, at("fat.db"), filepath.Join(d, "f.db")) },
			args: func(d string) []string {
				return []string{"cache", "gc", "--quiet", "--cache", filepath.Join(d, "f.db")}
			}},
	}
}

// need is a number of pages that is enough for a command.
func (w writing) need(t *testing.T) (least, enough int) {
	t.Helper()
	if w.before != nil {
		big := smallDisk(t, 1<<14)
		w.before(t, big)
		var st unix.Statfs_t
		if err := unix.Statfs(big, &st); err != nil {
			t.Fatal(err)
		}
		least = int(st.Blocks - st.Bfree)
	}
	for enough = 8; ; enough *= 4 {
		disk := smallDisk(t, least+enough)
		if w.before != nil {
			w.before(t, disk)
		}
		if do(w.args(disk)...).status == exitDone {
			return least, enough
		}
		if enough > 1<<14 {
			t.Fatalf("%s fails on a disk of 64 MiB", w.name)
		}
	}
}

// pageTime is what differs between two reports on the same head.
var pageTime = regexp.MustCompile(`<time datetime=.*</time>`)

func readAll(t *testing.T, dir string, names []string) [][]byte {
	t.Helper()
	var files [][]byte
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		files = append(files, pageTime.ReplaceAll(data, nil))
	}
	return files
}

// TestFullDisk fills the disk at many points of each command that writes.
func TestFullDisk(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	for _, w := range writings(t, set) {
		t.Run(w.name, func(t *testing.T) {
			least, enough := w.need(t)
			roomy := t.TempDir()
			if w.before != nil {
				w.before(t, roomy)
			}
			must(t, w.args(roomy)...)
			finished := readAll(t, roomy, w.results)
			sizes := set.rng.Perm(enough)
			tried, full := 0, 0
			for _, size := range sizes[:min(len(sizes), trials(t, 3))] {
				tried++
				if w.onFullDisk(t, want, least+size+1, finished) { // 0 pages would mean no limit
					full++
				}
			}
			tell(t, "disk full: "+w.name, tried, "%d times full: exit status 1, one line, no half file; with room the same as ever", full)
		})
	}
}

// onFullDisk runs the command on a disk of limited size, and again with enough space.
func (w writing) onFullDisk(t *testing.T, want reference, pages int, finished [][]byte) (full bool) {
	t.Helper()
	disk := smallDisk(t, pages)
	if w.before != nil {
		w.before(t, disk)
	}
	old := []byte("what was there before")
	if len(w.results) == 1 && !strings.Contains(w.results[0], "/") && pages > 1 {
		if err := os.WriteFile(filepath.Join(disk, w.results[0]), old, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := do(w.args(disk)...)
	if full = r.status != exitDone; full {
		r.oneLine(t, fmt.Sprintf("%s on %d pages", w.name, pages), exitFailed, syscall.ENOSPC.Error(), "free some space")
	}
	for i, data := range readAll(t, disk, w.results) {
		if len(data) > 0 && !bytes.Equal(data, finished[i]) && (!full || !bytes.Equal(data, old)) {
			t.Errorf("%d pages: %s is not whole", pages, w.results[i])
		}
	}
	w.nothingLeft(t, disk, pages)
	remount(t, disk, 0, "size=64m")
	if w.store != "" {
		if n, _ := want.checkSome(t, filepath.Join(disk, w.store)); n == 0 && !full {
			t.Error("the store is empty")
		}
	}
	must(t, w.args(disk)...)
	for i, data := range readAll(t, disk, w.results) {
		if !bytes.Equal(data, finished[i]) {
			t.Errorf("%d pages: with room %s is another", pages, w.results[i])
		}
	}
	if w.store != "" {
		want.whole(t, filepath.Join(disk, w.store))
	}
	w.nothingLeft(t, disk, pages)
	return full
}

// checkSome is check for a store that may also hold features of other spaces.
func (want reference) checkSome(t *testing.T, path string) (features int, scanned bool) {
	t.Helper()
	got, scanned := stored(t, path)
	if got != nil {
		must(t, "cache", "verify", "--quiet", "--cache", path)
	}
	for k, f := range got {
		if reference, ok := want[k]; ok && !slices.Equal(f, reference) {
			t.Fatalf("%s holds other bits of %v", path, k.key)
		}
	}
	return len(got), scanned
}

// nothingLeft requires that no partial file is left. The folder of an unfinished run may
// stay, because the next run removes it. Lock files stay.
func (w writing) nothingLeft(t *testing.T, disk string, pages int) {
	t.Helper()
	err := filepath.WalkDir(disk, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if d.IsDir() && name == ".tonight" {
			return fs.SkipDir
		}
		if path != disk && name != ".lock" && (strings.HasPrefix(name, ".") || strings.Contains(name, ".partial") || strings.HasSuffix(name, ".gc") || strings.Contains(name, "damaged")) {
			t.Errorf("%s on %d pages has left %s", w.name, pages, path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestReadOnlyDisk runs each command that writes on a disk that is mounted read-only.
func TestReadOnlyDisk(t *testing.T) {
	set := newFaultSet(t)
	all := writings(t, set)
	disk := smallDisk(t, 1<<14)
	for _, w := range all {
		if w.before != nil {
			w.before(t, disk)
		}
	}
	copyFile(t, filepath.Join(set.dir, "f.db"), filepath.Join(disk, "m.db"))
	remount(t, disk, unix.MS_RDONLY, "")
	for _, w := range all {
		do(w.args(disk)...).oneLine(t, w.name, exitFailed, syscall.EROFS.Error(), "another disk")
	}
	// Reading works.
	store := filepath.Join(disk, "m.db")
	elsewhere := t.TempDir()
	reading := [][]string{
		{"cache", "ls", "--cache", store}, {"cache", "verify", "--cache", store},
		{"fit", "--quiet", "--cache", store, "--out", filepath.Join(elsewhere, "head"), "--epochs", "2"},
		{"export", "--format", "npz", "--cache", store, "--file", filepath.Join(elsewhere, "f.npz")},
		{"cache", "merge", "--quiet", store, "--into", filepath.Join(elsewhere, "m.db")},
	}
	for _, args := range reading {
		must(t, args...)
	}
	tell(t, "disk read-only", len(all)+len(reading), "%d that write: exit status 1, one line; %d that only read: 0", len(all), len(reading))
}
