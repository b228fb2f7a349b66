package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"featurecache/cache"
	"featurecache/extract/backbone/randomnet"
	"featurecache/testdata"
)

// The tests of faults run in a short form, and at length when FEATURECACHE_TRIALS
// says how often each fault is to be tried: .ci/faults does. Each ends with a line
// that .ci/faults makes its table of.

func trials(t *testing.T, usual int) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("FEATURECACHE_TRIALS"))
	if err != nil {
		return usual
	}
	return n
}

// upTo is a random time below most.
func upTo(rng *rand.Rand, most time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(most)))
}

// tell logs a line of the table.
func tell(t *testing.T, fault string, tried int, outcome string, args ...any) {
	t.Helper()
	t.Logf("fault: %s | %d | %s", fault, tried, fmt.Sprintf(outcome, args...))
}

// A faultSet is a small image folder and a backbone. A feature has 64 KiB, for the
// backbone is cut off early: so few views take several transactions.
//
// All that a test chooses at random comes from rng, so that one seed repeats it. It
// belongs to the test's own goroutine.
type faultSet struct {
	dir, data, net string
	rng            *rand.Rand
}

const (
	faultViews  = 4
	faultTrain  = 10 // images a class
	faultVal    = 5
	faultFlags  = "--feature=relu"
	faultImages = 2 * (faultTrain + faultVal)
	faultCount  = 2 * (faultTrain*faultViews + faultVal) // features
)

func newFaultSet(t *testing.T) faultSet {
	t.Helper()
	dir := t.TempDir()
	s := faultSet{dir: dir, data: filepath.Join(dir, "data"), net: filepath.Join(dir, "net.onnx"), rng: testdata.Rand(t)}
	for _, split := range []struct {
		name   string
		images int
	}{{"train", faultTrain}, {"val", faultVal}} {
		for _, class := range []string{"dark", "light"} {
			for i := range split.images {
				s.writeNoise(t, filepath.Join(s.data, split.name, class, fmt.Sprintf("%02d.png", i)), 40)
			}
		}
	}
	writeNet(t, s.net)
	return s
}

func writeNet(t *testing.T, path string) {
	t.Helper()
	var net bytes.Buffer
	if err := randomnet.WriteResNet(&net, randomnet.Options{Blocks: []int{1}, Width: 16, InputSize: 64, Classes: 10, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, net.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// noise is a PNG of random colours, in the light half if its class is.
func (s faultSet) noise(t *testing.T, side int, light bool) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = uint8(s.rng.Uint32()) | uint8(255*(i&3/3))
		if light {
			img.Pix[i] |= 128
		}
	}
	var buf bytes.Buffer
	noise := png.Encoder{CompressionLevel: png.NoCompression} // it does not compress, and trying takes long
	if err := noise.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func (s faultSet) writeNoise(t *testing.T, path string, side int) {
	t.Helper()
	err1 := os.MkdirAll(filepath.Dir(path), 0o755)
	err2 := os.WriteFile(path, s.noise(t, side, strings.Contains(path, "light")), 0o644)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
}

// extract is the command line that extracts the set into a store.
func (s faultSet) extract(store string, more ...string) []string {
	return append([]string{"extract", "--quiet", "--data", s.data, "--backbone", s.net, faultFlags,
		"--views", fmt.Sprint(faultViews), "--cache", store}, more...)
}

// night is the command line of a night's run.
func (s faultSet) night(store, out string, seed int) []string {
	return []string{"run", "--quiet", "--data", s.data, "--backbone", s.net, faultFlags,
		"--views", fmt.Sprint(faultViews), "--cache", store, "--out", out, "--epochs", "2", "--seed", fmt.Sprint(seed), "--level", "0"}
}

// said is what a command said and how it ended.
type said struct {
	status         int
	stdout, stderr string
}

// do runs a command within the test's process.
func do(args ...string) said {
	var stdout, stderr bytes.Buffer
	status := run(context.Background(), args, console{&stdout, &stderr})
	return said{status, stdout.String(), stderr.String()}
}

// doAlone runs a command in a process of its own.
func doAlone(args ...string) said {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("pipeline", args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		return said{-1, "", err.Error()}
	}
	return said{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must runs a command that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	r := do(args...)
	if r.status != exitDone {
		t.Fatalf("pipeline %s: exit status %d\n%s", strings.Join(args, " "), r.status, r.stderr)
	}
	return r.stdout
}

// oneLine requires that a command failed with one line that has all words.
func (r said) oneLine(t *testing.T, what string, status int, words ...string) {
	t.Helper()
	if r.status != status || !strings.HasPrefix(r.stderr, "pipeline: ") || strings.Count(r.stderr, "\n") != 1 || !strings.HasSuffix(r.stderr, "\n") {
		t.Errorf("%s: exit status %d, want %d and one line; stderr:\n%s", what, r.status, status, r.stderr)
	}
	for _, w := range words {
		if !strings.Contains(r.stderr, w) {
			t.Errorf("%s: stderr does not say %q: %s", what, w, r.stderr)
		}
	}
}

// A reference is what an undisturbed extract puts into a store.
type reference map[feature][]float32

// A feature is named by its space and its key.
type feature struct {
	space cache.SpaceID
	key   cache.Key
}

// stored reads all that a store holds, and whether the last extract came to its end.
// Of a store that is not there, or in which nothing has been written yet, it is nil.
func stored(t *testing.T, path string) (features reference, scanned bool) {
	t.Helper()
	s, err := cache.Open(path, cache.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.Contains(err.Error(), "is empty; run extract first") {
		return nil, false
	}
	features = reference{}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	spaces, err := s.Spaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range spaces {
		x, err := s.Index(info.ID)
		if err != nil {
			t.Fatal(err)
		}
		keys := slices.Collect(x.Keys())
		data := make([]float32, len(keys)*info.Width)
		if err := s.Read(info.ID, keys, data); err != nil {
			t.Fatal(err)
		}
		for i, k := range keys {
			features[feature{info.ID, k}] = data[i*info.Width:][:info.Width]
		}
	}
	_, _, err = s.LastScan()
	if err != nil && !errors.Is(err, cache.ErrNoScan) {
		t.Fatal(err)
	}
	return features, err == nil
}

// check requires that a store passes cache verify and holds no feature that the
// reference has not, bit for bit, and counts its features.
func (want reference) check(t *testing.T, path string) (features int, scanned bool) {
	t.Helper()
	got, scanned := stored(t, path)
	if got != nil {
		must(t, "cache", "verify", "--quiet", "--cache", path)
	}
	for k, f := range got {
		if !slices.Equal(f, want[k]) {
			t.Fatalf("%s holds other bits of %v than an undisturbed extract", path, k.key)
		}
	}
	if scanned && len(got) < len(want) {
		t.Fatalf("%s has a scan, but %d features of %d", path, len(got), len(want))
	}
	return len(got), scanned
}

// whole requires that a store is what an undisturbed extract makes.
func (want reference) whole(t *testing.T, path string) {
	t.Helper()
	if n, scanned := want.check(t, path); n != len(want) || !scanned {
		t.Fatalf("%s has %d features of %d, scan %v", path, n, len(want), scanned)
	}
}

// reference extracts the set undisturbed.
func (s faultSet) reference(t *testing.T) reference {
	t.Helper()
	path := filepath.Join(s.dir, "undisturbed.db")
	must(t, s.extract(path)...)
	want, scanned := stored(t, path)
	if len(want) != faultCount || !scanned {
		t.Fatalf("an undisturbed extract made %d features, want %d; scan %v", len(want), faultCount, scanned)
	}
	return want
}

// removeAll removes paths with what is beside them under longer names.
func removeAll(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		beside, err := filepath.Glob(path + "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range beside {
			if err := os.RemoveAll(p); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// storeCommands are those that open a store, each with one that it reads or writes.
func storeCommands(set faultSet, store, head, out string) map[string][]string {
	image := filepath.Join(set.data, "val", "dark", "00.png")
	at := func(name string) string { return filepath.Join(out, name) }
	return map[string][]string{
		"extract":        set.extract(store),
		"run":            set.night(store, at("nights"), 1),
		"fit":            {"fit", "--quiet", "--cache", store, "--out", at("head"), "--epochs", "2"},
		"sweep":          {"sweep", "--cache", store, "--out", at("swept"), "--epochs", "1", "--folds", "2", "--lr", "0.1", "--weight-decay", "0", "--batch", "8"},
		"predict":        {"predict", "--cache", store, "--head", head, image},
		"report":         {"report", "--cache", store, "--head", head, "--html", at("page.html")},
		"export npz":     {"export", "--format", "npz", "--cache", store, "--file", at("f.npz")},
		"export parquet": {"export", "--format", "parquet", "--cache", store, "--file", at("f.parquet")},
		"cache ls":       {"cache", "ls", "--cache", store},
		"cache verify":   {"cache", "verify", "--cache", store},
		"cache gc":       {"cache", "gc", "--quiet", "--cache", store},
		"merge from":     {"cache", "merge", "--quiet", store, "--into", at("merged.db")},
		"merge into":     {"cache", "merge", "--quiet", filepath.Join(set.dir, "undisturbed.db"), "--into", store},
	}
}
