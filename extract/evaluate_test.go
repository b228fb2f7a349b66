package extract

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract/backbone"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/view"
)

// valSet is an extracted set's validation images, and their stored features.
type valSet struct {
	store *cache.Store
	space cache.SpaceID
	scan  *folder.Scan
	paths []string
	want  []float32
}

func extractedSet(t *testing.T, opt Options) *valSet {
	t.Helper()
	mustRun(t, opt)
	store, err := cache.Open(opt.Cache, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	space, scan, err := store.LastScan()
	if err != nil {
		t.Fatal(err)
	}
	set := &valSet{store: store, space: space, scan: scan}
	var keys []cache.Key
	for _, img := range scan.Images {
		if img.Split == folder.Val {
			set.paths = append(set.paths, filepath.Join(scan.Root, img.Path))
			keys = append(keys, cache.Key{Content: img.Content})
		}
	}
	index, err := store.Index(space)
	if err != nil {
		t.Fatal(err)
	}
	set.want = make([]float32, len(keys)*index.Space().Width)
	if err := store.Read(space, keys, set.want); err != nil {
		t.Fatal(err)
	}
	return set
}

func testNetwork(t *testing.T, opt Options) func() (*Network, error) {
	return func() (*Network, error) {
		model, err := graph.Load(opt.Backbone, graph.Options{})
		if err != nil {
			t.Error(err)
			return nil, err
		}
		preprocessing, err := PreprocessingOf(model, opt.Backbone, PreprocessingOptions{})
		if err != nil {
			return nil, err
		}
		net, err := backbone.Compile(model)
		return &Network{net, preprocessing.transform(view.DecodeOptions{})}, err
	}
}

func list(paths []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, p := range paths {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func TestEvaluator(t *testing.T) {
	dir := makeSet(t)
	opt := testOptions(dir)
	set := extractedSet(t, opt)
	absent := filepath.Join(dir, "absent.jpg")
	paths := append(slices.Clone(set.paths), absent)
	half := set.scan.Images[len(set.scan.Images)-1].Content // one that the network must do

	stored := func(c folder.Content) (Stored, error) {
		if c == half {
			return Stored{}, nil
		}
		f := make([]float32, len(set.want)/len(set.paths))
		err := set.store.Read(set.space, []cache.Key{{Content: c}}, f)
		return Stored{Feature: f}, err
	}
	for name, e := range map[string]*Evaluator{
		"computed": {Load: testNetwork(t, opt), Workers: 2, Batch: 3},
		"stored":   {Load: testNetwork(t, opt), Stored: stored, Workers: 2},
		"single":   {Load: testNetwork(t, opt), Workers: 2, Single: true},
	} {
		t.Run(name, func(t *testing.T) {
			var got []float32
			next := 0
			err := e.Run(t.Context(), list(paths), func(path string, feature []float32, err error) error {
				if path != paths[next] {
					t.Errorf("%s came in place of %s", path, paths[next])
				}
				next++
				if (path == absent) != errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: error %v", path, err)
				}
				got = append(got, feature...)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			requireSame(t, "single files", got, set.want)
		})
	}
}

// TestEvaluatorEnds checks that every early end returns its reason.
func TestEvaluatorEnds(t *testing.T) {
	dir := makeSet(t)
	opt := testOptions(dir)
	set := extractedSet(t, opt)
	endless := func(yield func(string, error) bool) {
		for yield(set.paths[0], nil) {
		}
	}
	boom := errors.New("boom")
	none := func(string, []float32, error) error { return nil }
	known := func(folder.Content) (Stored, error) { return Stored{Feature: make([]float32, 1)}, nil }
	interrupted, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		e    Evaluator
		each func(string, []float32, error) error
		want error
	}{
		"network": {t.Context(), Evaluator{Load: func() (*Network, error) { return nil, boom }}, none, boom},
		"store":   {t.Context(), Evaluator{Stored: func(folder.Content) (Stored, error) { return Stored{}, boom }}, none, boom},
		"caller":  {t.Context(), Evaluator{Stored: known}, func(string, []float32, error) error { return boom }, boom},
		"context": {interrupted, Evaluator{Stored: known}, none, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.e.Run(test.ctx, endless, test.each); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

// TestEvaluatorPause sends each path only after the answer to the one before, as the
// process at the other end of a pipe may: no answer waits for more paths.
func TestEvaluatorPause(t *testing.T) {
	dir := makeSet(t)
	opt := testOptions(dir)
	set := extractedSet(t, opt)
	answered := make(chan struct{}, len(set.paths))
	paths := func(yield func(string, error) bool) {
		for _, p := range set.paths {
			if !yield(p, nil) {
				return
			}
			<-answered
		}
	}
	e := &Evaluator{Load: testNetwork(t, opt), Workers: 2}
	n := 0
	err := e.Run(t.Context(), paths, func(string, []float32, error) error {
		n++
		answered <- struct{}{}
		return nil
	})
	if err != nil || n != len(set.paths) {
		t.Errorf("%d of %d answers, error %v", n, len(set.paths), err)
	}
}
