package extract

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"featurecache/cache/folder"
	"featurecache/extract/imagefolder"
	"featurecache/extract/view"
)

// A passedOver is the files of one extension that a scan did not take, although they are
// images by their first bytes.
type passedOver struct {
	extension string // in lower case; "." for none
	files     []string
	format    string // of the first file that was recognised
	supported bool
}

// findImages groups files, relative to root, by extension, and returns the groups in which
// it finds an image. It looks into a few files of the largest groups.
func findImages(root string, files []string) (found []passedOver) {
	const groups, tries = 8, 3
	all := map[string]*passedOver{}
	for _, f := range files {
		e := imagefolder.Extension(f)
		if all[e] == nil {
			all[e] = &passedOver{extension: e}
		}
		all[e].files = append(all[e].files, f)
	}
	order := slices.SortedFunc(maps.Values(all), func(a, b *passedOver) int {
		return cmp.Or(cmp.Compare(len(b.files), len(a.files)), strings.Compare(a.extension, b.extension))
	})
	for _, g := range order[:min(len(order), groups)] {
		for _, f := range g.files[:min(len(g.files), tries)] {
			if g.format, g.supported = view.Recognise(readHead(filepath.Join(root, filepath.FromSlash(f)))); g.format != "" {
				found = append(found, *g)
				break
			}
		}
	}
	return found
}

// readHead returns the first bytes of a regular file, or nil.
func readHead(path string) []byte {
	f, err := os.OpenFile(path, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	if state, err := stateOf(f); err != nil || !state.regular {
		return nil
	}
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	return head[:n]
}

// remedy says how to use the files.
func (p *passedOver) remedy() string {
	which := "the " + p.extension + " files are"
	if p.extension == "." {
		which = "the files without an extension are"
	}
	plain := strings.Trim(p.extension, ".abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
	switch {
	case !p.supported:
		return fmt.Sprintf("%s %s, which this program can't read: convert them to JPEG or PNG", which, p.format)
	case !plain: // quotes and commas mean something to shells and flags
		return fmt.Sprintf("some files are %s: rename them to end in .%s", p.format, strings.ToLower(p.format))
	default:
		return fmt.Sprintf("%s %s: --extensions %s reads them", which, p.format, p.extension)
	}
}

// explainNoImages adds to a scan's error what the files are that it passed over, if it found
// a class without images.
func explainNoImages(root string, err error) error {
	var none *imagefolder.NoImagesError
	if !errors.As(err, &none) || len(none.PassedOver) == 0 {
		return err
	}
	found := findImages(root, none.PassedOver)
	if len(found) == 0 {
		return fmt.Errorf("%w; none of the files that were looked at is an image", err)
	}
	var remedies, extensions []string
	for _, p := range found {
		remedies = append(remedies, p.remedy())
		if p.supported {
			extensions = append(extensions, p.extension)
		}
	}
	if len(extensions) > 1 {
		remedies = append(remedies, "together: --extensions "+strings.Join(extensions, ","))
	}
	return fmt.Errorf("%w; %s", err, strings.Join(remedies, "; "))
}

// logScan logs which files the scan has ignored, and what may be mistakes: images among
// them, and classes that look alike.
func logScan(opt Options, scan *folder.Scan) {
	var files []string
	for _, ignored := range scan.Ignored {
		opt.Log.Info("ignored", "path", ignored.Path, "reason", ignored.Reason)
		if ignored.Reason == imagefolder.ReasonExtension {
			files = append(files, ignored.Path)
		}
	}
	for _, p := range findImages(opt.Data, files) {
		// A few strays are not worth a warning every night.
		log := opt.Log.Info
		if n := len(p.files); float64(n) > opt.MaxBad*float64(n+len(scan.Images)) {
			log = opt.Log.Warn
		}
		log("images were passed over: "+p.remedy(), "count", len(p.files), "first", p.files[0])
	}
	const most = 10
	pairs := imagefolder.Lookalikes(scan.Classes)
	for _, pair := range pairs[:min(len(pairs), most)] {
		opt.Log.Warn("two classes look alike: " + pair + "; put their images into one folder if they are one class")
	}
	if n := len(pairs) - most; n > 0 {
		opt.Log.Warn("more classes look alike", "pairs", n)
	}
}
