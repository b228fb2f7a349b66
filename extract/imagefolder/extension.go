package imagefolder

import "strings"

// extensions are those of torchvision's ImageFolder.
var extensions = []string{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}

// IsImage reports whether a file's name has one of the extensions that torchvision's
// ImageFolder reads, in upper or lower case.
func IsImage(name string) bool { return hasExtension(name, extensions) }

// hasExtension reports whether a name ends with one of the extensions, which are in
// lower case.
func hasExtension(name string, extensions []string) bool {
	const longest = 16 // longer than any extension worth a name
	if len(name) > longest {
		name = name[len(name)-longest:]
	}
	name = lower(name)
	for _, e := range extensions {
		if strings.HasSuffix(name, e) {
			return true
		}
	}
	return false
}
