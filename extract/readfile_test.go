//go:build linux || darwin

package extract

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func writeBytes(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// waitForNextFileTime returns when a change of the file would change its time: file
// systems count time in steps.
func waitForNextFileTime(t *testing.T, path string) {
	t.Helper()
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	probe := path + ".probe"
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(time.Millisecond) {
		writeBytes(t, probe, "probe")
		is, err := os.Stat(probe)
		if err = errors.Join(err, os.Remove(probe)); err != nil {
			t.Fatal(err)
		}
		if is.ModTime().After(was.ModTime()) {
			return
		}
	}
	t.Fatal("the file system's clock stands still")
}

// A file is read as it was when it was opened, or is refused: the result is never half of
// one picture and half of another.
func TestReadFileThatChanges(t *testing.T) {
	old := strings.Repeat("old", 1000)
	cases := map[string]struct {
		change func(path string) error
		want   error // nil: the old bytes
	}{
		"nothing": {func(string) error { return nil }, nil},
		"grows": {func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("more")
			return errors.Join(err, f.Close())
		}, errChanging},
		"is cut short": {func(path string) error { return os.Truncate(path, 10) }, errChanging},
		"is emptied":   {func(path string) error { return os.Truncate(path, 0) }, errChanging},
		"is cut short and grows again": {func(path string) error {
			return errors.Join(os.Truncate(path, 10), os.Truncate(path, int64(len(old))))
		}, errChanging},
		"is rewritten with its size and time": {func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			text := []byte(strings.Repeat("new", 1000))
			return errors.Join(os.WriteFile(path, text, 0o644), os.Chtimes(path, info.ModTime(), info.ModTime()))
		}, errChanging},
		"is replaced": {func(path string) error {
			text := []byte(strings.Repeat("new", 1000))
			return errors.Join(os.WriteFile(path+"~", text, 0o644), os.Rename(path+"~", path))
		}, errChanging}, // its last link is gone, which changes it too
		"is removed": {os.Remove, errChanging},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.jpg")
			writeBytes(t, path, old)
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			before, err := stateOf(f)
			if err != nil {
				t.Fatal(err)
			}
			waitForNextFileTime(t, path)
			if err := c.change(path); err != nil {
				t.Fatal(err)
			}
			buf := bytes.Repeat([]byte{'x'}, len(old)) // of the file before
			data, stamp, err := readWhole(f, buf, before)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if err == nil && (string(data) != old || stamp != before.stamp) {
				t.Errorf("got %d bytes, %+v; want the old ones", len(data), stamp)
			}
		})
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jpg")
	writeBytes(t, path, "settled")
	data, stamp, err := readFile(path, nil)
	if err != nil || string(data) != "settled" || stamp.Size != 7 || stamp.Inode == 0 {
		t.Errorf("%q, %+v, %v", data, stamp, err)
	}
	writeBytes(t, path, "")
	if data, _, err := readFile(path, nil); err != nil || len(data) > 0 {
		t.Errorf("an empty file: %q, %v", data, err)
	}
	if _, _, err := readFile(path+".absent", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A pipe that has replaced an image since the scan is refused at once.
func TestReadFileThatIsNone(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.jpg")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.jpg")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, link, dir, "/dev/null", "/dev/zero"} {
		if _, _, err := readFile(path, nil); !errors.Is(err, errNotRegular) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Two files of one size and time that change places are told apart by their stamps.
func TestReadFileSwapped(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.bmp"), filepath.Join(dir, "b.bmp")
	when := time.Now().Add(-time.Hour)
	for _, path := range []string{a, b} {
		writeBytes(t, path, filepath.Base(path))
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	_, scanned, err := readFile(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(b, a); err != nil {
		t.Fatal(err)
	}
	data, read, err := readFile(a, nil)
	if err != nil || string(data) != "b.bmp" {
		t.Fatalf("%q, %v", data, err)
	}
	if sameFile(scanned, read) {
		t.Errorf("%+v and %+v are taken for the same file", scanned, read)
	}
}

// Two images of one size and time that change places after the scan and are back by the
// next one must not keep each other's features.
func TestSwappedAfterTheScan(t *testing.T) {
	opt := testOptions(makeSetOf(t, 12, 40))
	opt.Workers, opt.Views = 1, 300 // the validation images come last, after a while
	a, b := filepath.Join(opt.Data, "val", "odd", "zz1.bmp"), filepath.Join(opt.Data, "val", "odd", "zz2.bmp")
	for i, path := range []string{a, b} {
		picture := append([]byte("P6 64 64 255\n"), bytes.Repeat([]byte{byte(100 * i), 50, 200}, 64*64)...)
		writeBytes(t, path, string(picture))
	}
	setAge(t, opt.Data, time.Hour)
	swap := func() {
		if err := errors.Join(os.Rename(a, a+"~"), os.Rename(b, a), os.Rename(a+"~", b)); err != nil {
			t.Error(err)
		}
	}
	swapped := sync.OnceFunc(swap)
	opt.Progress = func(p Progress) {
		if p.Images < p.Total/2 {
			swapped()
		}
	}
	mustRun(t, opt)
	if data, _ := os.ReadFile(a); len(data) < 20 || data[13] != 100 {
		t.Fatal("the images did not change places while the run read them: give it more views")
	}
	swap()
	opt.Progress = nil
	mustRun(t, opt)
	fresh := opt
	fresh.Cache += ".fresh"
	mustRun(t, fresh)
	requireSame(t, "the images that changed places", features(t, opt.Cache), features(t, fresh.Cache))
}
