//go:build unix && !solaris && !aix

package durable

import (
	"os"
	"syscall"
)

// lock locks a file until it is closed, and reports whether it could. It does not wait.
func lock(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
