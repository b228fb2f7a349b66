//go:build linux || darwin

package extract

import (
	"os"

	"golang.org/x/sys/unix"

	"featurecache/cache/folder"
)

// noWait opens a pipe without waiting for a writer, so that it can be refused.
const noWait = unix.O_NONBLOCK

// stateOf returns the state of an open file.
func stateOf(f *os.File) (fileState, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return fileState{}, os.NewSyscallError("fstat", err)
	}
	return fileState{
		stamp:   folder.Stamp{Size: st.Size, ModTimeNS: st.Mtim.Nano(), Inode: st.Ino},
		changed: st.Ctim.Nano(),
		regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
	}, nil
}
