package imagefolder

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"featurecache/cache/folder"
)

// perTask is the number of files that one task stats.
const perTask = 1024

// stamp stats all files and adds the images to the scan.
func (s *scanner) stamp(scan *folder.Scan, classes []class) error {
	n := 0
	for _, c := range classes {
		for _, f := range c.folders {
			n += len(f.files)
		}
	}
	all := make([]found, n)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	rest := all
	for _, c := range classes {
		for _, f := range c.folders {
			for files := f.files; len(files) > 0; {
				part := files[:min(len(files), perTask)]
				into := rest[:len(part)]
				files, rest = files[len(part):], rest[len(part):]
				group.Go(func() error {
					if err := context.Cause(s.ctx); err != nil {
						return err
					}
					return statAll(s.path(f.rel), part, into)
				})
			}
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	scan.Images = make([]folder.Image, 0, n)
	for _, c := range classes {
		scan.Bad = append(scan.Bad, c.bad...)
		scan.Ignored = append(scan.Ignored, c.ignored...)
		for _, f := range c.folders {
			for _, file := range f.files {
				add(scan, folder.Image{Path: f.rel + "/" + file.name, Split: c.split, Label: c.label}, file, all[0])
				all = all[1:]
			}
		}
	}
	// Folders are listed in no particular order. Sort, so that the result doesn't vary.
	slices.SortFunc(scan.Bad, func(a, b folder.BadImage) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(scan.Ignored, func(a, b folder.Ignored) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// A found is the result of a file's stat.
type found struct {
	stamp   folder.Stamp
	regular bool
	err     error
}

// add adds a file to the scan's images, bad images or ignored files.
func add(scan *folder.Scan, img folder.Image, file file, f found) {
	switch {
	case errors.Is(f.err, os.ErrNotExist) && !file.link:
		scan.Ignored = append(scan.Ignored, folder.Ignored{Path: img.Path, Reason: "gone while it was looked at"})
	case f.err != nil:
		scan.Bad = append(scan.Bad, folder.BadImage{Image: img, Reason: folder.Cause(f.err).Error()})
	case !f.regular:
		scan.Ignored = append(scan.Ignored, folder.Ignored{Path: img.Path, Reason: "not a regular file"})
	default:
		img.Stamp = f.stamp
		scan.Images = append(scan.Images, img)
	}
}
