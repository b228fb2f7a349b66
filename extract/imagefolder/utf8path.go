package imagefolder

import (
	"strconv"
	"unicode/utf8"
)

// UTF8Path returns a path for formats whose text must be UTF-8 (JSON, CSV, Parquet). File
// names are bytes. A path that is not valid UTF-8 becomes a Go string literal, in double
// quotes with each invalid byte as \x and its value, which can be decoded again. Encoders
// would replace such bytes, and make different files look alike.
func UTF8Path(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return strconv.Quote(path)
}
