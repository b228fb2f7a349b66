package imagefolder

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"featurecache/cache/folder"
)

// foldersAbove are train, val and all folders that they are in, up to the file
// system's root, by the names that lead there and where links among these lead.
func (s *scanner) foldersAbove() (above []os.FileInfo) {
	for _, split := range []folder.Split{folder.Train, folder.Val} {
		above = append(above, upwards(s.path(split.String()))...)
	}
	return above
}

// upwards are a folder and all that it is in, by name and where links lead.
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

// astray says why a link to a folder is not followed, or "". torchvision follows
// all, round a loop until the system refuses a path with so many links. Here a
// folder's images must not count twice, and one class's not as another's: so a link
// leads neither to a folder that it is in, by name or on the disk, nor to train,
// val or a folder above them. A link to anywhere else is followed, even to
// another class's folder: whoever made it named that one.
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
