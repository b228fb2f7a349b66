package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// trials is how often the random tests try; FEATURECACHE_TRIALS asks for more.
func trials(t *testing.T, usual int) int {
	n, err := strconv.Atoi(os.Getenv("FEATURECACHE_TRIALS"))
	if err != nil {
		return usual
	}
	t.Logf("%d trials", n)
	return n
}

// A victim is a store with every kind of page, to be damaged.
type victim struct {
	data   []byte
	spaces []Space
	keys   [][]Key
	images int
}

func newVictim(t *testing.T) victim {
	v := victim{images: 3000}
	path := storePath(t)
	s := open(t, path)
	// Blocks of many pages; then so many small ones, within their bucket's page,
	// that there are branch pages.
	v.spaces = []Space{testSpace("big", 512), testSpace("small", 4)}
	v.keys = [][]Key{keysOf(0, 20, 20), keysOf(0, 60, 3)}
	fill(t, s, v.spaces[0], v.keys[0][:150])
	fill(t, s, v.spaces[0], v.keys[0][150:])
	for i := 0; i < len(v.keys[1]); i += 2 {
		fill(t, s, v.spaces[1], v.keys[1][i:i+2])
	}
	w, err := s.NewWriter(v.spaces[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		err = errors.Join(err, w.PutBad(contentOf(1000+i), "empty"))
	}
	scan := testScan("/data", v.images)
	err = errors.Join(err, w.Close(), s.PutScan(v.spaces[0].ID(), scan), s.PutSeen("/data", scan.Time, scan.Images[:500]))
	if err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	if v.data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return v
}

// pageKinds finds the pages by kind, those that continue another not among them.
func (v victim) pageKinds() map[string][]int {
	kinds := map[string][]int{}
	for at := 0; at < len(v.data); {
		flags := binary.NativeEndian.Uint16(v.data[at+8:])
		overflow := int(binary.NativeEndian.Uint32(v.data[at+12:]))
		name := map[uint16]string{branchFlag: "branch", leafFlag: "leaf", metaFlag: "meta", freelistFlag: "freelist"}[flags]
		if int(binary.NativeEndian.Uint64(v.data[at:])) != at/pageSize || name == "" {
			name, overflow = "free", 0
		}
		kinds[name] = append(kinds[name], at)
		at += (1 + overflow) * pageSize
	}
	return kinds
}

// use calls everything on a damaged store. It returns the errors, and fails the test if
// one is not ErrDamaged or wrong bits come back. Missing features need no error, because
// they are computed again.
func (v victim) use(t *testing.T, path string, r *rand.Rand) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	s.db.NoSync = true
	var errs []error
	for i, space := range v.spaces {
		errs = append(errs, v.read(t, s, space, v.keys[i]))
	}
	if _, scan, err := s.LastScan(); err != nil {
		errs = append(errs, err)
	} else if len(scan.Images) != v.images {
		t.Errorf("a scan of %d images", len(scan.Images))
	}
	_, err1 := s.Known("/data")
	_, err2 := s.Spaces()
	_, err3 := s.Verify(context.Background(), nil)
	errs = append(errs, err1, err2, err3)
	w, err := s.NewWriter(v.spaces[r.IntN(2)])
	if err == nil {
		k := keysOf(500, 1, 1)[0]
		err = errors.Join(w.Put(k, featureOf(k, w.index.space.Width)), w.PutBad(contentOf(2000), "x"), w.Close())
	}
	errs = append(errs, err, s.PutScan(v.spaces[0].ID(), testScan("/data", 10)))
	if err := s.Close(); err != nil {
		errs = append(errs, err)
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNoScan) {
			t.Errorf("an error that is not ErrDamaged: %v", err)
		}
	}
	return errors.Join(errs...)
}

// read compares what can be read.
func (v victim) read(t *testing.T, s *Store, space Space, keys []Key) error {
	dst := make([]float32, len(keys)*space.Width)
	if err := s.Read(space.ID(), keys, dst); err != nil {
		return err
	}
	for i, k := range keys {
		if !slices.Equal(dst[i*space.Width:][:space.Width], featureOf(k, space.Width)) {
			t.Errorf("wrong bits for %v", k)
		}
	}
	return nil
}

// TestDamage harms every kind of page in every way, many times.
func TestDamage(t *testing.T) {
	v := newVictim(t)
	kinds := v.pageKinds()
	var all []int
	for kind, pages := range kinds {
		if kind != "free" {
			all = append(all, pages...)
		}
	}
	for _, kind := range []string{"meta", "freelist", "branch", "leaf"} {
		if len(kinds[kind]) == 0 {
			t.Fatalf("no %s page among %v", kind, kinds)
		}
		for name, harm := range map[string]func(data []byte, page int, r *rand.Rand) []byte{
			"bit in the header": func(d []byte, page int, r *rand.Rand) []byte {
				d[page+r.IntN(pageHeaderSize)] ^= 1 << r.IntN(8)
				return d
			},
			"bit in the elements": func(d []byte, page int, r *rand.Rand) []byte {
				d[page+pageHeaderSize+r.IntN(100)] ^= 1 << r.IntN(8)
				return d
			},
			"bit anywhere": func(d []byte, page int, r *rand.Rand) []byte {
				d[page+r.IntN(pageSize)] ^= 1 << r.IntN(8)
				return d
			},
			"bytes": func(d []byte, page int, r *rand.Rand) []byte {
				at := page + r.IntN(pageSize-16)
				for i := range 16 {
					d[at+i] = byte(r.Uint32())
				}
				return d
			},
			"zeros": func(d []byte, page int, _ *rand.Rand) []byte { clear(d[page : page+pageSize]); return d },
			"other page": func(d []byte, page int, r *rand.Rand) []byte {
				copy(d[page:page+pageSize], d[all[r.IntN(len(all))]:])
				return d
			},
			"cut there": func(d []byte, page int, r *rand.Rand) []byte { return d[:page+r.IntN(pageSize)] },
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "features.db")
				found, n := 0, trials(t, 6)
				for seed := range n {
					r := rand.New(rand.NewPCG(uint64(seed), uint64(len(kind+name))))
					page := kinds[kind][r.IntN(len(kinds[kind]))]
					data := harm(slices.Clone(v.data), page, r)
					if err := os.WriteFile(path, data, 0o600); err != nil {
						t.Fatal(err)
					}
					err := v.use(t, path, r)
					if err != nil {
						found++
						// Without its newer meta page the store is as it was
						// before the last commit, which was the scan's.
						before := kind == "meta" && errors.Is(err, ErrNoScan)
						if !errors.Is(err, ErrDamaged) && !before && (len(data) > 8 || !errors.Is(err, ErrNotStore)) {
							t.Errorf("page %d, seed %d: %v", page/pageSize, seed, err)
						}
					}
				}
				t.Logf("damage was reported in %d of %d trials", found, n)
			})
		}
	}
}

// TestCutWhileOpen cuts a store short under those who read it.
func TestCutWhileOpen(t *testing.T) {
	v := newVictim(t)
	for _, keep := range []int{1, 8, 64, 200} {
		t.Run(fmt.Sprint("pages=", keep), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "features.db")
			if err := os.WriteFile(path, v.data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Index(v.spaces[0].ID()); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, int64(keep*pageSize)); err != nil {
				t.Skip(err) // Windows forbids it
			}
			if err := v.read(t, s, v.spaces[0], v.keys[0]); !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v", err)
			}
			if _, _, err := s.LastScan(); err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v", err)
			}
			if err := s.Close(); err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("close: %v", err)
			}
		})
	}
}
