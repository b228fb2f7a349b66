//go:build !unix || solaris || aix

package cache

import "os"

// openLocked opens the file without locking it. Here bbolt's own lock, taken next, is
// enough: these systems either forbid replacing an open file or lock by process.
func openLocked(name string, flag int, mode os.FileMode, _ Options) (*os.File, error) {
	return os.OpenFile(name, flag, mode)
}

// unlock has nothing to do: closing the file unlocks it.
func unlock(*os.File) error { return nil }
