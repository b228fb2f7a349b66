package cache

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// One flipped bit costs one feature.
func TestSalvage(t *testing.T) {
	path, space := storePath(t), testSpace("a", 512)
	s := open(t, path)
	keys := keysOf(0, 400, 2)
	fill(t, s, testSpace("other", 8), keysOf(0, 5, 1))
	fill(t, s, space, keys)
	scan := testScan("/data", 400)
	w, err := s.NewWriter(space)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.PutBad(contentOf(-1), "empty"), w.Close(), s.PutScan(testSpace("other", 8).ID(), testScan("/data", 5)), s.PutScan(space.ID(), scan)); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lost := keys[333]
	spoiled := bytes.Clone(whole)
	at := bytes.Index(spoiled, appendFloats(nil, featureOf(lost, 512)))
	spoiled[at+100] ^= 4
	if err := os.WriteFile(path, spoiled, 0o640); err != nil {
		t.Fatal(err)
	}
	r, err := Salvage(t.Context(), path)
	if err != nil || r.Features != len(keys)-1+5 || r.Scans != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if aside, err := os.ReadFile(r.Aside); err != nil || !bytes.Equal(aside, spoiled) {
		t.Errorf("the damaged file is not kept as it was: %v", err)
	}
	s = open(t, path)
	verify(t, s)
	x, err := s.Index(space.ID())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if x.Has(k) == (k == lost) {
			t.Errorf("%v: in the store %v", k, x.Has(k))
		}
	}
	checkRead(t, s, space, append(keys[:333:333], keys[334:]...))
	if reason, ok := x.Bad(contentOf(-1)); !ok || reason != "empty" {
		t.Error("a bad image is forgotten")
	}
	if id, last, err := s.LastScan(); err != nil || id != space.ID() || len(last.Images) != 400 {
		t.Errorf("the last scan: %v", err)
	}
}

// Whatever is damaged, salvaged features are right, and the new store can be written to.
func TestSalvageDamage(t *testing.T) {
	v := newVictim(t)
	rng := rand.New(rand.NewPCG(7, 7))
	most := len(v.keys[0]) + len(v.keys[1])
	kept := 0
	n := trials(t, 40)
	for range n {
		data := bytes.Clone(v.data)
		switch rng.IntN(4) {
		case 0:
			data = data[:rng.IntN(len(data))]
		case 1: // a page in another's place
			from, to := rng.IntN(len(data)/pageSize)*pageSize, rng.IntN(len(data)/pageSize)*pageSize
			copy(data[to:][:pageSize], v.data[from:])
		default:
			for range 1 + rng.IntN(20) {
				data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
			}
		}
		path := storePath(t)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Salvage(t.Context(), path)
		if errors.Is(err, ErrNotStore) || errors.Is(err, errVersion) {
			continue // what is left does not look like a store
		}
		if err != nil || r.Features > most {
			t.Fatalf("%+v, %v", r, err)
		}
		kept += r.Features
		s := open(t, path)
		verify(t, s)
		for i, space := range v.spaces {
			if x, err := s.Index(space.ID()); err == nil {
				var have []Key
				for _, k := range v.keys[i] {
					if x.Has(k) {
						have = append(have, k)
					}
				}
				checkRead(t, s, space, have)
			}
			fill(t, s, space, v.keys[i])
			checkRead(t, s, space, v.keys[i])
		}
		shut(t, s)
		if left, _ := filepath.Glob(path + ".salvage*"); len(left) > 0 {
			t.Fatalf("left over: %v", left)
		}
	}
	t.Logf("fault: store damaged, then salvaged | %d | %.0f %% of the features kept, all of them right", n, 100*float64(kept)/float64(n*most))
	if kept == 0 {
		t.Error("nothing was ever kept")
	}
}

// A store of another program or a newer version is not touched.
func TestSalvageRefuses(t *testing.T) {
	path := storePath(t)
	if err := os.WriteFile(path, []byte("not a store, but something that somebody needs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Salvage(t.Context(), path); !errors.Is(err, ErrNotStore) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
