package imagefolder

import (
	"slices"
	"strings"
)

// IsImage reports whether a file's name ends as torchvision's ImageFolder wants an
// image's name to end, in any case.
func IsImage(name string) bool {
	return slices.ContainsFunc(extensions, func(e string) bool { return strings.HasSuffix(lower(name), e) })
}
