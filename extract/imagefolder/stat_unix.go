//go:build linux || darwin

package imagefolder

import (
	"errors"

	"golang.org/x/sys/unix"

	"featurecache/cache/folder"
)

// statAll stats files in a folder, relative to the open folder, which takes half the time
// of using the whole path.
func statAll(dir string, files []file, into []found) error {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		for i := range into {
			into[i].err = err
		}
		return nil
	}
	for i, f := range files {
		var st unix.Stat_t
		err := unix.Fstatat(fd, f.name, &st, 0) // follows links
		for errors.Is(err, unix.EINTR) {
			err = unix.Fstatat(fd, f.name, &st, 0)
		}
		into[i] = found{
			stamp:   folder.Stamp{Size: st.Size, ModTimeNS: st.Mtim.Nano(), Inode: st.Ino},
			regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
			err:     err,
		}
	}
	return unix.Close(fd)
}
