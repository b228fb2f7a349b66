//go:build !linux && !darwin

package imagefolder

import (
	"os"
	"path/filepath"

	"featurecache/cache/folder"
)

// statAll asks for the stamps of files in a folder. There is no inode here.
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
