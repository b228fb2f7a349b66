package cache

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkReadCold opens and reads a store that is not in memory, as the first
// thing in the night.
func BenchmarkReadCold(b *testing.B) {
	s, space, keys := benchStore(b)
	shut(b, s)
	dst := make([]float32, len(keys)*512)
	b.SetBytes(int64(4 * len(dst)))
	for b.Loop() {
		b.StopTimer()
		forget(b, s.path)
		b.StartTimer()
		s, err := Open(s.path, Options{ReadOnly: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(s.Read(space.ID(), keys, dst), s.Close()); err != nil {
			b.Fatal(err)
		}
	}
}

// forget makes the system drop a file's pages from memory.
func forget(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close()); err != nil {
		b.Fatal(err)
	}
}
