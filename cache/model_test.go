package cache

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"featurecache/cache/folder"
)

// A model is what the store should hold, kept in memory.
type model struct {
	space     Space
	committed map[Key]bool
	pending   map[Key]bool
	bad       map[folder.Content]string
}

// TestAgainstModel does random things to a store and to a model of it, as bbolt's
// simulation test does, and compares the two after each.
func TestAgainstModel(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { runModel(t, seed, 120) })
	}
}

func runModel(t *testing.T, seed uint64, steps int) {
	r := rand.New(rand.NewPCG(seed, 1))
	path := storePath(t)
	s := open(t, path)
	// Widths around which blocks hold many features, few, and one.
	width := []int{1, 7, 512, 5000, 40_000, 3}[seed%6]
	m := &model{testSpace("a", width), map[Key]bool{}, map[Key]bool{}, map[folder.Content]string{}}
	w, err := s.NewWriter(m.space)
	if err != nil {
		t.Fatal(err)
	}
	flushed := func() {
		for k := range m.pending {
			m.committed[k] = true
			delete(m.bad, k.Content)
		}
		clear(m.pending)
	}
	for range steps {
		var err error
		switch op := r.IntN(100); {
		case op < 60: // some views of an image
			c, v := contentOf(r.IntN(50)), r.IntN(30)
			for i := range 1 + r.IntN(8) {
				k := Key{c, uint32(v + i)}
				if m.committed[k] || m.pending[k] {
					err = errors.Join(err, w.Put(k, make([]float32, width)))
					continue
				}
				m.pending[k] = true
				err = errors.Join(err, w.Put(k, featureOf(k, width)))
				if len(w.keys) == 0 { // the batch was full
					flushed()
				}
			}
		case op < 65:
			c := contentOf(100 + r.IntN(5))
			err = w.PutBad(c, fmt.Sprint("reason ", op))
			if err == nil {
				err = w.Flush()
			}
			flushed()
			m.bad[c] = fmt.Sprint("reason ", op)
		case op < 75:
			err = w.Flush()
			flushed()
		case op < 80: // a kill: what was not committed is gone
			shut(t, s)
			clear(m.pending)
			s = open(t, path)
			w, err = s.NewWriter(m.space)
		case op < 83:
			err = s.PutScan(m.space.ID(), testScan("/data", r.IntN(300)))
		default:
			m.compare(t, s, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	flushed()
	m.compare(t, s, r)
}

// compare reads a random part of the store, in random order.
func (m *model) compare(t *testing.T, s *Store, r *rand.Rand) {
	t.Helper()
	x, err := s.Index(m.space.ID())
	if err != nil {
		t.Fatal(err)
	}
	if x.Len() != len(m.committed) {
		t.Fatalf("%d features, want %d", x.Len(), len(m.committed))
	}
	for k := range m.pending {
		if x.Has(k) {
			t.Fatalf("%v is there before it was committed", k)
		}
	}
	for c, want := range m.bad {
		if got, ok := x.Bad(c); !ok || got != want {
			t.Fatalf("bad image: got %q, want %q", got, want)
		}
	}
	var keys []Key
	for k := range m.committed {
		if !x.Has(k) {
			t.Fatalf("%v is not there", k)
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	checkRead(t, s, m.space, keys[:min(len(keys), 40)])
}
