package cache

import (
	"math/rand/v2"
	"testing"
)

// benchStore is a store of 4000 images with 25 views: 205 MB of features.
func benchStore(b *testing.B) (*Store, Space, []Key) {
	s, space := open(b, storePath(b)), testSpace("a", 512)
	keys := keysOf(0, 4000, 25)
	w, err := s.NewWriter(space)
	if err != nil {
		b.Fatal(err)
	}
	feature := featureOf(keys[0], 512)
	for _, k := range keys {
		if err := w.Put(k, feature); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return s, space, keys
}

func BenchmarkRead(b *testing.B) {
	s, space, keys := benchStore(b)
	dst := make([]float32, len(keys)*512)
	random := append([]Key(nil), keys...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(random), func(i, j int) { random[i], random[j] = random[j], random[i] })
	for _, c := range []struct {
		name string
		keys []Key
	}{{"order=stored", keys}, {"order=random", random}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(4 * len(dst)))
			for b.Loop() {
				if err := s.Read(space.ID(), c.keys, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("memcpy", func(b *testing.B) {
		src := make([]float32, len(dst))
		copy(src, dst)
		b.SetBytes(int64(4 * len(dst)))
		for b.Loop() {
			copy(dst, src)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	s, _, _ := benchStore(b)
	path := s.path
	shut(b, s)
	for b.Loop() {
		s, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	s, space, keys := benchStore(b)
	b.ReportMetric(float64(len(keys)), "features")
	for b.Loop() {
		clear(s.indexes)
		if _, err := s.Index(space.ID()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	s, space := open(b, storePath(b)), testSpace("a", 512)
	w, err := s.NewWriter(space)
	if err != nil {
		b.Fatal(err)
	}
	feature := make([]float32, 512)
	b.SetBytes(2048)
	i := 0
	for b.Loop() {
		if err := w.Put(Key{contentOf(i / 25), uint32(i % 25)}, feature); err != nil {
			b.Fatal(err)
		}
		i++
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkKnown(b *testing.B) {
	s := open(b, storePath(b))
	w, err := s.NewWriter(testSpace("a", 4))
	if err != nil {
		b.Fatal(err)
	}
	scan := testScan("/data", 100_000)
	for name, f := range map[string]func() error{
		"put": func() error { return s.PutScan(w.index.id, scan) },
		"get": func() error { _, err := s.Known("/data"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
