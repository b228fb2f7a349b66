package imagefolder

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"featurecache/cache/folder"
)

// ReasonExtension is why a scan ignores a file in a class folder that may be an image
// all the same: its name does not end as an image's does.
const ReasonExtension = "not an image's extension"

// NoImagesError is wrapped by [Scan]'s error when class folders have no images.
type NoImagesError struct {
	// PassedOver are the files in these folders that were ignored for [ReasonExtension],
	// relative to the root, with slashes.
	PassedOver []string
	err        error
}

func (e *NoImagesError) Error() string { return e.err.Error() }
func (e *NoImagesError) Unwrap() error { return e.err }

// Extension returns the extension of a path in lower case, with its dot. "." is the
// extension of a file that has none, as in [Options.Extensions].
func Extension(name string) string { return cmp.Or(lower(path.Ext(name)), ".") }

// passedOver returns the paths of ignored files that may be images, sorted.
func passedOver(ignored []folder.Ignored) (paths []string) {
	for _, file := range ignored {
		if file.Reason == ReasonExtension {
			paths = append(paths, file.Path)
		}
	}
	slices.Sort(paths)
	return paths
}

// noImages is the problem of a class folder without images, but with these files.
func noImages(class string, passed []string) error {
	text := fmt.Sprintf("class folder %s has no images", quote(class))
	switch n := len(passed); n {
	case 0:
		return fmt.Errorf("%s", text)
	case 1:
		text += ", but 1 file was passed over: "
	default:
		text += fmt.Sprintf(", but %d files were passed over: ", n)
	}
	var names []string
	const most = 3
	for _, p := range passed[:min(len(passed), most)] {
		names = append(names, quote(strings.TrimPrefix(p, class+"/")))
	}
	text += byExtension(passed) + " (" + strings.Join(names, ", ")
	if n := len(passed) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("%s)", text)
}

// byExtension counts files by extension, the most frequent ones first.
func byExtension(paths []string) string {
	count := map[string]int{}
	for _, p := range paths {
		count[Extension(p)]++
	}
	order := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	})
	const most = 4
	var words []string
	for _, e := range order[:min(len(order), most)] {
		name := quote(e)
		if e == "." {
			name = "without an extension"
		}
		words = append(words, fmt.Sprint(count[e], " ", name))
	}
	if n := len(order) - most; n > 0 {
		words = append(words, fmt.Sprintf("and %d other extensions", n))
	}
	return strings.Join(words, ", ")
}
