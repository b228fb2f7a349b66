package imagefolder

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"featurecache/cache/folder"
)

// foldersAbove returns train, val and all folders above them, up to the file system's
// root: above their paths as given, and above the targets of symbolic links.
func (s *scanner) foldersAbove() (above []os.FileInfo) {
	for _, split := range []folder.Split{folder.Train, folder.Val} {
		above = append(above, upwards(s.path(split.String()))...)
	}
	return above
}

// upwards returns a folder and all folders above it, by its path and by its target.
func upwards(path string) (folders []os.FileInfo) {
	paths := []string{path}
	if physical, err := filepath.EvalSymlinks(path); err == nil && physical != path {
		paths = append(paths, physical)
	}
	for _, path := range paths {
		for last := ""; path != last; path = filepath.Dir(path) {
			if info, err := os.Stat(path); err == nil {
				folders = append(folders, info)
			}
			last = path
		}
	}
	return folders
}

// astray returns why a link to a folder is not followed, or "". torchvision follows all
// links, even round a loop until the system refuses a path with so many of them. Here no
// image may count twice, or for another class by accident. So a link is not followed to a
// folder that it is in, by name or on the disk, nor to train, val or a folder above them.
// Other links are followed, even to another class's folder, because whoever created the
// link chose that folder.
func (s *scanner) astray(rel string) string {
	target, err := os.Stat(s.path(rel))
	if err != nil {
		return ""
	}
	isTarget := func(folder os.FileInfo) bool { return os.SameFile(folder, target) }
	dir := rel[:strings.LastIndexByte(rel, '/')]
	switch {
	case slices.ContainsFunc(upwards(s.path(dir)), isTarget):
		return "a link to a folder that it is in"
	case slices.ContainsFunc(s.above, isTarget):
		return "a link to a folder that other classes are in"
	}
	return ""
}
