// Package fetch downloads pinned models. [Fetch] resumes an interrupted download and
// keeps only a file with the pinned SHA-256.
//
// A download grows in a .partial file beside its destination, under a lock. It is
// renamed once its hash is right, so a file at the destination is always complete.
//
// The package uses net/http directly. A download library would leave it the parts that
// matter here: moving on to the next source, giving up on one that sends nothing or
// the wrong length, starting over when resumed bytes turn out to be wrong, and errors
// that say which of these happened.
package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

var (
	// ErrBusy is returned when another process is fetching the same file.
	ErrBusy = errors.New("another process is fetching it; try again when it has ended")

	errContent = errors.New("it is not the pinned file")
)

// Options say where to fetch from and to. The zero value is for users.
type Options struct {
	Dir      string                  // folder to keep the file in, made when absent; "" means [Dir]
	URL      string                  // fetch from here instead of the model's sources
	Progress func(done, total int64) // called as bytes arrive, from one goroutine; may be nil
	Client   *http.Client            // nil means one that uses the proxy variables

	// Pause is how long to wait before the next try of a source that was cut off,
	// doubled for each try without progress; 0 means a second.
	Pause time.Duration
	// Stall is how long a source may send nothing before it counts as cut off; 0
	// means a minute.
	Stall time.Duration
}

// Dir is the folder where fetched models are kept: pipeline in the user's cache.
func Dir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "pipeline"), nil
}

// Path is where [Fetch] keeps the model in dir, or in [Dir] if that is "".
func (m Model) Path(dir string) (string, error) {
	if dir == "" {
		var err error
		if dir, err = Dir(); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, m.File), nil
}

// Fetch downloads the model, unless it is there already, and returns its path. If it
// fails or ctx ends, the bytes downloaded so far are kept, and the next call resumes
// from there. If another process is fetching the file, it returns [ErrBusy].
func Fetch(ctx context.Context, m Model, opt Options) (string, error) {
	path, err := fetch(ctx, m, opt)
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", m.Name, err)
	}
	return path, nil
}

func fetch(ctx context.Context, m Model, opt Options) (string, error) {
	path, err := m.Path(opt.Dir)
	if err != nil {
		return "", err
	}
	if err := m.verify(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	lock := flock.New(path + ".lock")
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return "", err
	case !locked:
		return "", ErrBusy
	}
	defer func() { _ = lock.Close() }() // the file stays: removing it would let two in
	partial, err := os.OpenFile(path+".partial", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return "", err
	}
	defer partial.Close()
	d := &download{model: m, opt: opt.withDefaults(), file: partial}
	if err := d.run(ctx); err != nil {
		if d.have == 0 {
			_ = os.Remove(partial.Name()) // nothing to go on from
		}
		return "", err
	}
	if err := errors.Join(partial.Sync(), partial.Close()); err != nil {
		return "", err
	}
	return path, os.Rename(path+".partial", path)
}

func (o Options) withDefaults() Options {
	if o.Pause <= 0 {
		o.Pause = time.Second
	}
	if o.Stall <= 0 {
		o.Stall = time.Minute
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone() // with http.ProxyFromEnvironment
		transport.ResponseHeaderTimeout = o.Stall
		o.Client = &http.Client{Transport: transport}
	}
	return o
}

// verify checks that the file at path is the model.
func (m Model) verify(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return m.check(f)
}

// check reads f, which must be the model.
func (m Model) check(f io.Reader) error {
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(f, m.Size+1))
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != m.Size || !strings.EqualFold(got, m.SHA256) {
		return fmt.Errorf("%w: SHA-256 %s, want %s", errContent, got, m.SHA256)
	}
	return nil
}
