//go:build unix && !solaris && !aix

package cache

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openLocked opens the file and locks it, exclusively or, with ReadOnly, shared. It
// takes bbolt's lock before bbolt does, so that the file can be checked under it, and so
// that a file that was replaced during the wait is opened again instead of written to
// in vain. A pipe is opened without waiting for a writer, so that the check can
// refuse it.
func openLocked(name string, flag int, mode os.FileMode, opt Options) (*os.File, error) {
	deadline := time.Now().Add(opt.Timeout)
	for {
		f, err := os.OpenFile(name, flag|unix.O_NONBLOCK, mode)
		if err != nil {
			return nil, err
		}
		if err = lockUntil(f, opt.ReadOnly, deadline); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if inPlace(f, name) {
			return f, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

func lockUntil(f *os.File, shared bool, deadline time.Time) error {
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	for {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EWOULDBLOCK):
			return os.NewSyscallError("flock", err)
		case !time.Now().Before(deadline):
			return ErrLocked
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// inPlace reports whether the name still refers to the open file.
func inPlace(f *os.File, name string) bool {
	mine, err1 := f.Stat()
	named, err2 := os.Stat(name)
	return err1 == nil && err2 == nil && os.SameFile(mine, named)
}

// unlock releases the lock. Closing the file is not enough while it is still mapped
// into memory.
func unlock(f *os.File) error {
	return os.NewSyscallError("flock", unix.Flock(int(f.Fd()), unix.LOCK_UN))
}
