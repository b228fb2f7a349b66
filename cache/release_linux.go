package cache

import (
	"unsafe"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// Release frees the memory that the file's mapped pages take in this process. Without
// it, a process that reads a store from end to end comes to hold all of it. The system
// may keep the pages cached, and maps them again when they are next read.
func (s *Store) Release() error {
	return s.view("release memory", func(tx *bbolt.Tx) error {
		info := s.db.Info()
		start := *(*unsafe.Pointer)(unsafe.Pointer(&info.Data))
		// The mapping is shared and covers whole pages, so no content is lost.
		return unix.Madvise(unsafe.Slice((*byte)(start), tx.Size()), unix.MADV_DONTNEED)
	})
}
