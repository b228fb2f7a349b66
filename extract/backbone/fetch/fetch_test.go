package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// content is a file to fetch, larger than any buffer on its way.
func content(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func modelOf(data []byte, sources ...string) Model {
	sum := sha256.Sum256(data)
	return Model{Name: "small", File: "small.onnx", Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Sources: sources}
}

// serve starts a server on the loopback interface and counts its requests.
func serve(t *testing.T, handler http.HandlerFunc) (url string, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/small.onnx", requests
}

// whole serves data as a file server does, with ranges.
func whole(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "small.onnx", time.Time{}, bytes.NewReader(data))
	}
}

// cutting serves data with ranges, but breaks every response off after n bytes.
func cutting(data []byte, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		whole(data)(&cut{w, n}, r)
	}
}

type cut struct {
	http.ResponseWriter
	left int
}

func (c *cut) Write(b []byte) (int, error) {
	if len(b) > c.left {
		_, _ = c.ResponseWriter.Write(b[:c.left])
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

// noHost is a network on which no host name resolves.
type noHost struct{}

func (noHost) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.Host, IsNotFound: true}}
}

func quick(t *testing.T) Options {
	return Options{Dir: filepath.Join(t.TempDir(), "cache"), Pause: time.Millisecond}
}

// holds makes sure that the file is whole and nothing else is left.
func holds(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, %v; want the %d served", len(got), err, len(want))
	}
	if _, err := os.Stat(path + ".partial"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the partial file is left: %v", err)
	}
}

func TestFetch(t *testing.T) {
	data := content(300_000)
	url, requests := serve(t, whole(data))
	opt := quick(t)
	var last int64
	opt.Progress = func(done, total int64) {
		if done < last || total != int64(len(data)) {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	}
	path, err := Fetch(context.Background(), modelOf(data, url), opt)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	if last != int64(len(data)) {
		t.Errorf("progress ended at %d", last)
	}

	// A file that is there is not fetched again, unless it is damaged.
	if _, err := Fetch(context.Background(), modelOf(data, url), opt); err != nil || requests.Load() != 1 {
		t.Errorf("%d requests, %v", requests.Load(), err)
	}
	damaged := bytes.Clone(data)
	damaged[7]++
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	last = 0
	if _, err := Fetch(context.Background(), modelOf(data, url), opt); err != nil || requests.Load() != 2 {
		t.Errorf("damaged: %d requests, %v", requests.Load(), err)
	}
	holds(t, path, data)
}

func TestCutConnection(t *testing.T) {
	data := content(500_000)
	url, requests := serve(t, cutting(data, 150_000))
	path, err := Fetch(context.Background(), modelOf(data, url), quick(t))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	if n := requests.Load(); n != 4 {
		t.Errorf("%d requests, want 4 of 150000 bytes at most", n)
	}
}

// TestResume resumes an earlier process's download, on servers with and without ranges,
// and starts over if its bytes are wrong.
func TestResume(t *testing.T) {
	data := content(400_000)
	noRanges := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
	var asked atomic.Value
	ranges := func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Range"))
		whole(data)(w, r)
	}
	wrong := bytes.Repeat([]byte("x"), 100_000)
	cases := []struct {
		name     string
		partial  []byte
		handler  http.HandlerFunc
		requests int32
	}{
		{"ranges", data[:250_000], ranges, 1},
		{"no ranges", data[:250_000], noRanges, 1},
		{"all there", data, whole(data), 0},
		{"wrong part", wrong, whole(data), 2},
		{"wrong part, no ranges", wrong, noRanges, 1},
		{"wrong whole", bytes.Repeat([]byte("x"), len(data)), whole(data), 1},
		{"too long", append(bytes.Clone(data), 1), whole(data), 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serve(t, c.handler)
			opt := quick(t)
			if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(opt.Dir, "small.onnx.partial"), c.partial, 0o600); err != nil {
				t.Fatal(err)
			}
			path, err := Fetch(context.Background(), modelOf(data, url), opt)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, path, data)
			if n := requests.Load(); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
	if got := asked.Load(); got != "bytes=250000-" {
		t.Errorf("asked for %q", got)
	}
}

func TestRefused(t *testing.T) {
	data := content(100_000)
	wrong := bytes.Clone(data)
	wrong[50_000]++
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	cases := []struct {
		name     string
		handler  http.HandlerFunc
		err      string
		content  bool
		requests int32
	}{
		{"wrong hash", whole(wrong), "SHA-256", true, 1},
		{"wrong size", whole(data[1:]), "99999 bytes, want 100000", true, 1},
		{"web page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>sign in</html>")
		}, "web page", true, 1},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush() // no length
			for range 100 {
				_, _ = w.Write(wrong)
			}
		}, "SHA-256", true, 1},
		{"not found", status(http.StatusNotFound), "404 Not Found", false, 1},
		{"overloaded", status(http.StatusServiceUnavailable), "503 Service Unavailable", false, tries},
		{"always cut", cutting(data, 0), "nothing came", false, tries},
		{"no such host", nil, "no such host", false, 0},
		{"silent", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "nothing came", false, tries},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			url, requests := serve(t, c.handler)
			opt := quick(t)
			if c.handler == nil {
				opt.Client = &http.Client{Transport: noHost{}}
			}
			opt.Stall = 100 * time.Millisecond
			_, err := Fetch(context.Background(), modelOf(data, url), opt)
			if err == nil || !strings.Contains(err.Error(), c.err) || errors.Is(err, errContent) != c.content || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one about %q", err, c.err)
			}
			if n := requests.Load(); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
			if _, err := os.Stat(filepath.Join(opt.Dir, "small.onnx")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a file is kept: %v", err)
			}
			if _, err := os.Stat(filepath.Join(opt.Dir, "small.onnx.partial")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("bytes are kept that are not the model's: %v", err)
			}
		})
	}
}

// TestSources takes the next source when one has moved or changed, and --url alone.
func TestSources(t *testing.T) {
	data := content(10_000)
	gone, _ := serve(t, http.NotFound)
	changed, _ := serve(t, whole(content(9_999)))
	good, _ := serve(t, whole(data))
	path, err := Fetch(context.Background(), modelOf(data, gone, changed, good), quick(t))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	opt := quick(t)
	opt.URL = gone
	if _, err := Fetch(context.Background(), modelOf(data, good), opt); err == nil {
		t.Error("another source than the given one was taken")
	}
}

func TestInterrupted(t *testing.T) {
	data := content(300_000)
	ctx, cancel := context.WithCancel(context.Background())
	slow, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:100_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	opt := quick(t)
	opt.Progress = func(done, _ int64) {
		if done == 100_000 {
			cancel()
		}
	}
	if _, err := Fetch(ctx, modelOf(data, slow), opt); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "goes on from there") {
		t.Fatalf("interrupted: %v", err)
	}
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "bytes=100000-" {
			t.Errorf("asked for %q", r.Header.Get("Range"))
		}
		whole(data)(w, r)
	})
	path, err := Fetch(context.Background(), modelOf(data, url), opt)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
}

func TestBusy(t *testing.T) {
	data := content(1000)
	url, requests := serve(t, whole(data))
	opt := quick(t)
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	other := flock.New(filepath.Join(opt.Dir, "small.onnx.lock"))
	if ok, err := other.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := Fetch(context.Background(), modelOf(data, url), opt); !errors.Is(err, ErrBusy) || requests.Load() != 0 {
		t.Errorf("%v after %d requests", err, requests.Load())
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Fetch(context.Background(), modelOf(data, url), opt); err != nil {
		t.Error(err)
	}
}

func TestModels(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Models() {
		if hash, err := hex.DecodeString(m.SHA256); err != nil || len(hash) != sha256.Size || m.Size < 1<<20 || len(m.Sources) == 0 || seen[m.SHA256] {
			t.Errorf("%+v", m)
		}
		seen[m.SHA256] = true
		if got, ok := Find(m.Name); !ok || got.SHA256 != m.SHA256 {
			t.Errorf("%s is not found", m.Name)
		}
	}
	if m, ok := Find("nonesuch"); ok {
		t.Errorf("found %v", m)
	}
	if m, _ := Find("resnet18"); m.Size != 46820737 {
		t.Errorf("resnet18 has %d bytes", m.Size)
	}
}
