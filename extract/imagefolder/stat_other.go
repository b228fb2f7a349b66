//go:build !linux && !darwin

package imagefolder

import (
	"os"
	"path/filepath"

	"featurecache/cache/folder"
)

// statAll stats files in a folder. There are no inodes here.
func statAll(dir string, files []file, into []found) error {
	for i, f := range files {
		info, err := os.Stat(filepath.Join(dir, f.name))
		if into[i].err = err; err != nil {
			continue
		}
		into[i].regular = info.Mode().IsRegular()
		into[i].stamp = folder.Stamp{Size: info.Size(), ModTimeNS: info.ModTime().UnixNano()}
	}
	return nil
}
