package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract/backbone/randomnet"
)

// TestMain lets the test binary be the program that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("EXTRACT_TEST_DIR"); dir != "" {
		if _, err := Run(context.Background(), testOptions(dir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// testOptions are those of a run on what makeSet made in dir.
func testOptions(dir string) Options {
	return Options{
		Data: filepath.Join(dir, "data"), Backbone: filepath.Join(dir, "net.onnx"), Cache: filepath.Join(dir, "f.db"),
		Views: 3, MaxBad: 1,
	}
}

// The set of most tests. A third is for validation and has 1 view, the rest 3.
const (
	setImages = 24
	setViews  = setImages * (2*3 + 1) / 3
)

// makeSet makes an image folder of noise in two classes, and a small backbone.
func makeSet(t *testing.T) (dir string) { return makeSetOf(t, setImages, 40) }

// makeSetOf makes n images with sides from the given length on.
func makeSetOf(t *testing.T, n, side int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		split := "train"
		if i%3 == 0 {
			split = "val"
		}
		path := filepath.Join(dir, "data", split, []string{"even", "odd"}[i/3%2], fmt.Sprintf("%03d.png", i))
		writeNoise(t, path, side, rng)
	}
	f, err := os.Create(filepath.Join(dir, "net.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := randomnet.WriteResNet(f, randomnet.Options{
		Blocks: []int{1, 1, 1, 1}, Width: 8, InputSize: 64, Classes: 10, Seed: 3,
	}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func writeNoise(t *testing.T, path string, side int, rng *rand.Rand) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, side+rng.IntN(60), side+rng.IntN(60)))
	for i := range img.Pix {
		img.Pix[i] = uint8(rng.Uint32()) | uint8(255*(i&3/3))
	}
	var buf bytes.Buffer
	noise := png.Encoder{CompressionLevel: png.NoCompression} // it does not compress, and trying takes long
	if err := noise.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustRun(t *testing.T, opt Options) *Summary {
	t.Helper()
	s, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// features reads all features of a store's last scan, in its order.
func features(t *testing.T, path string) []float32 {
	t.Helper()
	store, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	space, scan, err := store.LastScan()
	if err != nil {
		t.Fatal(err)
	}
	index, err := store.Index(space)
	if err != nil {
		t.Fatal(err)
	}
	var keys []cache.Key
	for _, img := range scan.Images {
		if img.Split == folder.Val {
			keys = append(keys, cache.Key{Content: img.Content})
			continue
		}
		for v := 1; v <= scan.Views; v++ {
			keys = append(keys, cache.Key{Content: img.Content, View: uint32(v)})
		}
	}
	x := make([]float32, len(keys)*index.Space().Width)
	if err := store.Read(space, keys, x); err != nil {
		t.Fatal(err)
	}
	return x
}

func requireSame(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: number %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// A feature's bits depend on the image and the backbone, not on how the work was
// divided.
func TestSameBits(t *testing.T) {
	dir := makeSet(t)
	opt := testOptions(dir)
	s := mustRun(t, opt)
	if s.Images != setImages || s.Views != setViews || s.Computed != setViews || s.Bad != 0 {
		t.Fatalf("summary %+v, want %d images and %d views computed", s, setImages, setViews)
	}
	want := features(t, opt.Cache)
	distinct := map[float32]bool{}
	for _, v := range want {
		distinct[v] = true
	}
	if len(distinct) < setViews {
		t.Fatalf("only %d distinct numbers in the features: this would prove nothing", len(distinct))
	}
	for _, c := range []struct{ workers, batch int }{{1, 1}, {1, 8}, {2, 3}, {3, 8}, {2, 16}} {
		opt := opt
		opt.Workers, opt.Batch = c.workers, c.batch
		opt.Cache = filepath.Join(dir, fmt.Sprintf("f%d-%d.db", c.workers, c.batch))
		mustRun(t, opt)
		requireSame(t, fmt.Sprintf("%d workers, batch %d", c.workers, c.batch), features(t, opt.Cache), want)
	}
}

// A kill at any moment loses what was not yet committed and nothing else, and the
// next run gives what an undisturbed one gives.
func TestKill(t *testing.T) {
	dir := makeSet(t)
	undisturbed := testOptions(dir)
	undisturbed.Cache = filepath.Join(dir, "undisturbed.db")
	began := time.Now()
	mustRun(t, undisturbed)
	took := time.Since(began)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(4, 5))
	for range 8 {
		child := exec.Command(self)
		child.Env = append(os.Environ(), "EXTRACT_TEST_DIR="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Float64() * 1.5 * float64(took)))
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	opt := testOptions(dir)
	mustRun(t, opt)
	requireSame(t, "after kills", features(t, opt.Cache), features(t, undisturbed.Cache))
}

// An interrupted run keeps its features and says how many; the next run continues.
func TestInterrupt(t *testing.T) {
	const images, views = 360, 360 * 7 / 3
	opt := testOptions(makeSetOf(t, images, 200)) // seconds of work, to be interrupted at the first sign of progress
	opt.Workers = 1
	setAge(t, opt.Data, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opt.Progress = func(p Progress) {
		if p.Computed > 0 {
			cancel()
		}
	}
	_, err := Run(ctx, opt)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the interruption", err)
	}
	var done, total, computed int
	_, at, _ := strings.Cut(err.Error(), "interrupted after ")
	if _, scanErr := fmt.Sscanf(at, "%d of %d images; %d views", &done, &total, &computed); scanErr != nil {
		t.Fatalf("error %v does not tell how far the run came: %v", err, scanErr)
	}
	if done == 0 || done >= total || total != images || computed == 0 {
		t.Fatalf("error %v: want some images of all %d", err, images)
	}
	opt.Progress = nil
	if n := knownFiles(t, opt); n != done {
		t.Errorf("the store knows %d files of the %d that were read", n, done)
	}
	if s := mustRun(t, opt); s.Computed != views-computed {
		t.Fatalf("the second run computed %d views after the first had computed %d; want %d in all", s.Computed, computed, views)
	}
}

// setAge sets the age of all files of a folder.
func setAge(t *testing.T, dir string, age time.Duration) {
	t.Helper()
	old := time.Now().Add(-age)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, old, old))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// knownFiles counts the files that the next run need not read.
func knownFiles(t *testing.T, opt Options) int {
	t.Helper()
	store, err := cache.Open(opt.Cache, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	known, err := store.Known(opt.Data)
	if err != nil {
		t.Fatal(err)
	}
	return known.Len()
}

// A file that is not an image is skipped with its reason, and is not read again until it
// changes.
func TestBadFiles(t *testing.T) {
	dir := makeSet(t)
	opt := testOptions(dir)
	junk := filepath.Join(dir, "data", "train", "even")
	for _, name := range []string{"a.jpg", "b.jpg", "c.png"} {
		text := "<html>not found</html>"
		if name == "c.png" {
			text = ""
		}
		if err := os.WriteFile(filepath.Join(junk, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"a.jpg", "b.jpg", "c.png"} {
		if err := os.Chtimes(filepath.Join(junk, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	for run := range 2 {
		s := mustRun(t, opt)
		if s.Bad != 3 || len(s.BadFiles) != 3 || s.Images != setImages+3 || s.Views != setViews {
			t.Fatalf("run %d: summary %+v, want 3 bad files", run, s)
		}
		for i, want := range []string{"train/even/a.jpg", "train/even/b.jpg", "train/even/c.png"} {
			if s.BadFiles[i].Path != want || s.BadFiles[i].Reason == "" {
				t.Errorf("run %d: bad file %d is %+v, want %s and a reason", run, i, s.BadFiles[i], want)
			}
		}
	}
	opt.MaxBad = 0.1
	if s, err := Run(t.Context(), opt); !errors.Is(err, ErrTooManyBad) || s == nil || s.Bad != 3 {
		t.Fatalf("3 bad of %d with MaxBad 0.1: error %v, summary %v", setImages+3, err, s)
	}
}

// A damaged store is set aside and made again, never used.
func TestDamagedStore(t *testing.T) {
	dir := makeSet(t)
	opt := testOptions(dir)
	mustRun(t, opt)
	want := features(t, opt.Cache)
	info, err := os.Stat(opt.Cache)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(opt.Cache, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	opt.Log = slog.New(slog.NewTextHandler(&log, nil))
	if s := mustRun(t, opt); s.Computed != setViews {
		t.Fatalf("%d views computed, want all %d again", s.Computed, setViews)
	}
	requireSame(t, "rebuilt", features(t, opt.Cache), want)
	if aside, _ := filepath.Glob(opt.Cache + ".damaged-*"); len(aside) != 1 || !strings.Contains(log.String(), "set aside") {
		t.Fatalf("kept aside: %v, logged: %s", aside, &log)
	}
}

// TestNotFinite lets all features overflow. Their images are refused, nothing is stored,
// and the next run, with other colours, finds all of them usable.
func TestNotFinite(t *testing.T) {
	opt := testOptions(makeSet(t))
	good := opt
	opt.Preprocessing.Colours = ColourOptions{Std: [3]float32{1e-38, 1e-38, 1e-38}}
	opt.MaxBad = 0.5
	for range 2 {
		summary, err := Run(t.Context(), opt)
		if !errors.Is(err, ErrTooManyBad) || summary.Bad != setImages || summary.Computed != 0 {
			t.Fatalf("%+v, %v", summary, err)
		}
		if bad := summary.BadFiles[0]; !strings.HasPrefix(bad.Path, "train/") || !strings.Contains(bad.Reason, "NaN or infinity") {
			t.Errorf("%+v", bad)
		}
	}
	if summary := mustRun(t, good); summary.Bad != 0 || summary.Computed != setViews {
		t.Errorf("with other colours: %+v", summary)
	}
}
