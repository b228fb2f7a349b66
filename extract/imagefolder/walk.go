package imagefolder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"featurecache/cache/folder"
)

// A scanner scans one root.
type scanner struct {
	ctx        context.Context
	root       string
	extensions []string // in lower case
	bare       bool     // files without an extension are images
	above      []os.FileInfo
}

// A listing is one folder within a class, with its images sorted by name.
type listing struct {
	rel   string // relative to the root, with slashes
	files []file
}

type file struct {
	name string
	link bool
}

// A class is one class in one split.
type class struct {
	split   folder.Split
	label   int
	folders []listing
	ignored []folder.Ignored
	bad     []folder.BadImage
	broken  []error // folders that can't be listed
}

// path is the system's form of a path relative to the root.
func (s *scanner) path(rel string) string { return filepath.Join(s.root, filepath.FromSlash(rel)) }

// list lists all classes' folders.
func (s *scanner) list(names []string) ([]class, error) {
	var classes []class
	for _, split := range []folder.Split{folder.Train, folder.Val} {
		for label := range names {
			classes = append(classes, class{split: split, label: label})
		}
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range classes {
		group.Go(func() error {
			c := &classes[i]
			s.walk(c, c.split.String()+"/"+names[c.label])
			// Sort by the folder's whole path, as torchvision's sorted(os.walk(…)) does.
			slices.SortFunc(c.folders, func(a, b listing) int { return strings.Compare(a.rel, b.rel) })
			return context.Cause(s.ctx)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var problems, broken []error
	var passed []string
	for _, c := range classes {
		broken = append(broken, c.broken...)
		n := len(c.bad)
		for _, f := range c.folders {
			n += len(f.files)
		}
		if n == 0 && len(c.broken) == 0 {
			files := passedOver(c.ignored)
			problems = append(problems, noImages(c.split.String()+"/"+names[c.label], files))
			passed = append(passed, files...)
		}
	}
	if len(broken) > 0 {
		// A folder that can't be listed may hold images. Without them it would be a
		// different data set.
		return nil, errors.New(oneLine(broken))
	}
	if len(problems) > 0 {
		return nil, &NoImagesError{passed, layoutError(problems)}
	}
	return classes, nil
}

// walk lists a folder and the folders in it. Like torchvision it follows links, except
// those that astray excludes.
func (s *scanner) walk(c *class, rel string) {
	if s.ctx.Err() != nil {
		return
	}
	entries, err := readDir(s.path(rel))
	if err != nil {
		c.broken = append(c.broken, fmt.Errorf("folder %s: %s (make it readable, or move it out)", quote(rel), folder.Cause(err).Error()))
		return
	}
	here := listing{rel: rel, files: make([]file, 0, len(entries))}
	for _, e := range entries {
		s.entry(c, &here, e)
	}
	slices.SortFunc(here.files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	c.folders = append(c.folders, here)
}

// entry adds one entry of a folder to the class.
func (s *scanner) entry(c *class, here *listing, e os.DirEntry) {
	name := e.Name()
	ignore := func(reason string) {
		c.ignored = append(c.ignored, folder.Ignored{Path: here.rel + "/" + name, Reason: reason})
	}
	if e.Type().IsRegular() {
		switch {
		case strings.HasPrefix(name, "._"):
			ignore("resource fork of macOS")
		case !s.isImage(name):
			ignore(ReasonExtension)
		default:
			here.files = append(here.files, file{name: name})
		}
		return
	}
	rel := here.rel + "/" + name
	isDir, err := s.isDir(rel, e)
	isLink := isLink(e)
	switch {
	case err != nil && isLink && s.isImage(name):
		c.bad = append(c.bad, folder.BadImage{
			Image: folder.Image{Path: rel, Split: c.split, Label: c.label}, Reason: "broken link: " + folder.Cause(err).Error()})
	case err != nil:
		ignore(folder.Cause(err).Error())
	case isDir && hidden(name):
		ignore("hidden folder")
	case isDir && isLink:
		if why := s.astray(rel); why != "" {
			ignore(why)
			return
		}
		s.walk(c, rel)
	case isDir:
		s.walk(c, rel)
	case isLink && s.isImage(name):
		here.files = append(here.files, file{name, true})
	case isLink:
		ignore(ReasonExtension)
	default:
		ignore("not a regular file")
	}
}

// isDir reports whether an entry is a folder or a link to one.
func (s *scanner) isDir(rel string, e os.DirEntry) (bool, error) {
	if !isLink(e) {
		return e.IsDir(), nil
	}
	info, err := os.Stat(s.path(rel))
	if err != nil {
		return false, err
	}
	return info.IsDir(), nil
}

// isImage checks the name's extension. As in torchvision, the name ".jpg" is an image's.
func (s *scanner) isImage(name string) bool {
	return hasExtension(name, s.extensions) || s.bare && !strings.Contains(name, ".")
}

// readDir lists a folder in no particular order.
func readDir(path string) ([]os.DirEntry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	entries, err := f.ReadDir(-1)
	return entries, errors.Join(err, f.Close())
}

func isLink(e os.DirEntry) bool { return e.Type()&os.ModeSymlink != 0 }

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// lower converts ASCII letters to lower case, and leaves all other bytes unchanged.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// quote formats a path for messages, in quotes if it has spaces or unprintable bytes.
func quote(path string) string {
	if q := fmt.Sprintf("%q", path); q != `"`+path+`"` || strings.ContainsRune(path, ' ') {
		return q
	}
	return path
}
