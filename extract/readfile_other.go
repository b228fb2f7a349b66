//go:build !linux && !darwin

package extract

import (
	"os"

	"featurecache/cache/folder"
)

const noWait = 0

// stateOf returns the state of an open file, without inode and ctime.
func stateOf(f *os.File) (fileState, error) {
	info, err := f.Stat()
	if err != nil {
		return fileState{}, err
	}
	return fileState{
		stamp:   folder.Stamp{Size: info.Size(), ModTimeNS: info.ModTime().UnixNano()},
		regular: info.Mode().IsRegular(),
	}, nil
}
