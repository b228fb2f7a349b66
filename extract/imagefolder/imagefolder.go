// Package imagefolder finds the images of a data set in the layout of torchvision's
// ImageFolder:
//
//	root/train/<class>/…/image.jpg
//	root/val/<class>/…/image.jpg
//
// [Scan] lists them without opening any. The classes are the folders in train, in byte
// order, and val must have the same ones. A class that one split lacks, or that has no
// images, is an error: torchvision would shift the labels of other classes, or leave a
// class without examples. Hidden folders, stray files and files that are not images are
// listed as ignored and change nothing.
//
// Symbolic links are followed, except links to train, to val or to a folder above them,
// and links that form a loop: through them an image would count twice, or as an image of
// another class. Links that are not followed are listed as ignored.
package imagefolder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"featurecache/cache/folder"
)

var errLayout = errors.New("not an image folder with train/<class> and val/<class>")

// Options say what counts as an image.
type Options struct {
	// Extensions are taken in addition to torchvision's, such as ".gif"; upper or lower case.
	// "." takes files without an extension, which have no dot in their name.
	Extensions []string
}

// Scan lists a folder: its classes, images with their stamps but without their content,
// bad images and ignored files. A file with an image's name that can't be read, such as a
// broken link, is a bad image. If images can't be assigned to classes, Scan fails, and the
// error lists all problems; it wraps a [NoImagesError] if a class has no images.
func Scan(ctx context.Context, root string, opt Options) (*folder.Scan, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("imagefolder: scan %s: %w", root, err)
	}
	s := &scanner{ctx: ctx, root: abs}
	for _, e := range append(slices.Clone(extensions), opt.Extensions...) {
		if e == "" {
			return nil, errors.New("imagefolder: an extension is empty")
		}
		e = "." + strings.TrimPrefix(e, ".")
		if e == "." {
			s.bare = true
			continue
		}
		s.extensions = append(s.extensions, lower(e))
	}
	scan, err := s.scan()
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) && path.Path == abs {
			err = path.Err // otherwise the message would name the root twice
		}
		return nil, fmt.Errorf("imagefolder: scan %s: %w", root, err)
	}
	return scan, nil
}

// scan lists the classes, then what is in them, then asks for the files' stamps.
func (s *scanner) scan() (*folder.Scan, error) {
	scan := &folder.Scan{Root: s.root}
	s.above = s.foldersAbove()
	if err := s.strays(scan); err != nil {
		return nil, err
	}
	var names [2][]string
	var problems []error
	for _, split := range []folder.Split{folder.Train, folder.Val} {
		classes, err := s.classes(scan, split)
		switch {
		case errors.Is(err, os.ErrNotExist):
			problems = append(problems, fmt.Errorf("there is no folder %s", split))
		case err != nil:
			return nil, err
		case len(classes) == 0:
			problems = append(problems, fmt.Errorf("there are no class folders in %s", split))
		}
		names[split] = classes
	}
	if len(problems) == 0 {
		problems = sameClasses(names[folder.Train], names[folder.Val])
	}
	if err := layoutError(problems); err != nil {
		return nil, err
	}
	scan.Classes = names[folder.Train]
	classes, err := s.list(scan.Classes)
	if err != nil {
		return nil, err
	}
	return scan, s.stamp(scan, classes)
}

// strays lists the entries beside train and val as ignored.
func (s *scanner) strays(scan *folder.Scan) error {
	entries, err := os.ReadDir(s.root)
	for _, e := range entries {
		if e.Name() != folder.Train.String() && e.Name() != folder.Val.String() {
			scan.Ignored = append(scan.Ignored, folder.Ignored{Path: e.Name(), Reason: "only train and val are used"})
		}
	}
	return err
}

// classes lists the class folders of a split, sorted.
func (s *scanner) classes(scan *folder.Scan, split folder.Split) (names []string, err error) {
	entries, err := os.ReadDir(s.path(split.String()))
	for _, e := range entries {
		rel := split.String() + "/" + e.Name()
		switch isDir, err := s.isDir(rel, e); {
		case err != nil:
			scan.Ignored = append(scan.Ignored, folder.Ignored{Path: rel, Reason: folder.Cause(err).Error()})
		case !isDir:
			scan.Ignored = append(scan.Ignored, folder.Ignored{Path: rel, Reason: "not in a class folder"})
		case hidden(e.Name()):
			scan.Ignored = append(scan.Ignored, folder.Ignored{Path: rel, Reason: "hidden folder"})
		case isLink(e) && s.astray(rel) != "":
			scan.Ignored = append(scan.Ignored, folder.Ignored{Path: rel, Reason: s.astray(rel)})
		default:
			names = append(names, e.Name())
		}
	}
	return names, err
}

// sameClasses returns a problem for each class that only one split has. Two that look
// alike are one problem.
func sameClasses(train, val []string) (problems []error) {
	missing := func(has, wants []string) (names []string) {
		for _, c := range wants {
			if _, ok := slices.BinarySearch(has, c); !ok {
				names = append(names, c)
			}
		}
		return names
	}
	onlyVal := missing(train, val)
	twins := map[string][]string{} // in val, of a name's alike
	for _, v := range onlyVal {
		twins[alike(v)] = append(twins[alike(v)], v)
	}
	for _, c := range missing(val, train) {
		if twin := twins[alike(c)]; len(twin) > 0 {
			twins[alike(c)] = twin[1:]
			how := difference(folder.Train.String()+"/", c, folder.Val.String()+"/", twin[0])
			problems = append(problems, fmt.Errorf("%s, but are two classes: rename one", how))
			continue
		}
		problems = append(problems, fmt.Errorf("%s lacks the class %s", folder.Val, quote(c)))
	}
	for _, v := range onlyVal {
		if slices.Contains(twins[alike(v)], v) {
			problems = append(problems, fmt.Errorf("%s lacks the class %s", folder.Train, quote(v)))
		}
	}
	return problems
}

// layoutError makes one error of the problems, on one line, with the first ten.
func layoutError(problems []error) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", oneLine(problems), errLayout)
}

func oneLine(problems []error) string {
	const most = 10
	var lines []string
	for _, p := range problems[:min(len(problems), most)] {
		lines = append(lines, p.Error())
	}
	if n := len(problems) - most; n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more such problems", n))
	}
	return strings.Join(lines, "; ")
}
