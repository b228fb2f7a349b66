package imagefolder

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"featurecache/cache"
)

// perTask is the number of files of a folder that one task asks the system about.
const perTask = 1024

// stamp asks for the stamps of all files and puts the images into the tree.
func (s *scanner) stamp(tree *Tree, classes []class) error {
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
	tree.Images = make([]cache.Image, 0, n)
	for _, c := range classes {
		tree.Bad = append(tree.Bad, c.bad...)
		tree.Ignored = append(tree.Ignored, c.ignored...)
		for _, f := range c.folders {
			for _, file := range f.files {
				tree.add(cache.Image{Path: f.rel + "/" + file.name, Split: c.split, Label: c.label}, file, all[0])
				all = all[1:]
			}
		}
	}
	// Folders are listed in no particular order; the same tree gives the same lists.
	slices.SortFunc(tree.Bad, func(a, b cache.BadImage) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(tree.Ignored, func(a, b cache.Ignored) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// A found is what the system said about a file.
type found struct {
	stamp   cache.Stamp
	regular bool
	err     error
}

// add puts a file where it belongs.
func (t *Tree) add(img cache.Image, file file, f found) {
	switch {
	case errors.Is(f.err, os.ErrNotExist) && !file.link:
		t.Ignored = append(t.Ignored, cache.Ignored{Path: img.Path, Reason: "gone while it was looked at"})
	case f.err != nil:
		t.Bad = append(t.Bad, cache.BadImage{Image: img, Reason: reason(f.err)})
	case !f.regular:
		t.Ignored = append(t.Ignored, cache.Ignored{Path: img.Path, Reason: "not a regular file"})
	default:
		img.Stamp = f.stamp
		t.Images = append(t.Images, img)
	}
}
