package view

import (
	"bytes"
	"regexp"
)

// metadata is what a file says of its orientation: EXIF data and an XMP packet, each
// nil if the file has none.
type metadata struct{ exif, xmp []byte }

// metadataReaders holds the formats whose metadata Pillow reads.
var metadataReaders = map[format]func(data []byte) metadata{
	formatJPEG: jpegMetadata,
	formatPNG:  pngMetadata,
	formatWebP: webpMetadata,
}

// orientation returns the orientation of a file, 1 to 8, as Pillow's
// ImageOps.exif_transpose understands it. It is 1, upright, if the file says nothing or
// nothing valid; for some invalid EXIF data Pillow raises an exception instead.
func orientation(f format, data []byte) int {
	read, ok := metadataReaders[f]
	if !ok {
		return 1
	}
	if o := read(data).orientation(); 1 <= o && o <= 8 {
		return o
	}
	return 1
}

const exifPrefix = "Exif\x00\x00"

// xmpOrientation matches an orientation in XMP, an attribute or an element.
var xmpOrientation = regexp.MustCompile(`tiff:Orientation(?:="|>)([0-9])`)

// orientation returns the value, which may be any number. XMP counts only if EXIF data
// do not give an orientation, not even an invalid one.
func (m metadata) orientation() int {
	exif := m.exif
	for range 2 { // some programs write the prefix twice
		exif = bytes.TrimPrefix(exif, []byte(exifPrefix))
	}
	if len(exif) > 0 {
		if o, given := tiffOrientation(exif); given {
			return o
		}
	}
	if match := xmpOrientation.FindSubmatch(m.xmp); match != nil {
		return int(match[1][0] - '0')
	}
	return 0
}
