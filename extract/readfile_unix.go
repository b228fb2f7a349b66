//go:build linux || darwin

package extract

import (
	"os"

	"golang.org/x/sys/unix"

	"featurecache/cache/folder"
)

// noWait lets a pipe be opened, and then refused, without waiting for a writer.
const noWait = unix.O_NONBLOCK

// stateOf asks what an open file is like.
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
