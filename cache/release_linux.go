package cache

import (
	"unsafe"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// Release gives back the memory that the file's pages take in this process: they
// are mapped, so whoever reads a store from end to end comes to hold all of it. The
// system may keep the pages cached, and they are mapped again when next read.
func (s *Store) Release() error {
	return s.view("release memory", func(tx *bbolt.Tx) error {
		info := s.db.Info()
		start := *(*unsafe.Pointer)(unsafe.Pointer(&info.Data))
		// The map is of whole pages, and shared: nothing in it is changed by this.
		return unix.Madvise(unsafe.Slice((*byte)(start), tx.Size()), unix.MADV_DONTNEED)
	})
}
