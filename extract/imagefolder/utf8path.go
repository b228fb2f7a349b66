package imagefolder

import (
	"strconv"
	"unicode/utf8"
)

// UTF8Path is a path for files and streams whose text must be UTF-8 (JSON, CSV,
// Parquet). File names are bytes, and some are not UTF-8: such a path becomes a Go
// string literal, in double quotes with \x before each such byte, which can be
// told from other paths and turned back. Replacing the bytes, as encoders do by
// themselves, would make different files look alike.
func UTF8Path(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return strconv.Quote(path)
}
