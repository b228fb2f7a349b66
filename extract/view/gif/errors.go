package gif

import "errors"

var (
	// ErrFormat is returned when the data do not start with GIF87a or GIF89a.
	ErrFormat = errors.New("not a GIF file")

	// ErrTruncated is returned when the data, or their codes, end before the first
	// frame is complete.
	ErrTruncated = errors.New("truncated GIF file")

	// ErrCorrupt is returned when a block or a code is invalid, when the first frame
	// has no pixels, and when there is no frame.
	ErrCorrupt = errors.New("corrupt GIF file")

	// ErrTooLarge is returned when screen and first frame together have more pixels
	// than the caller allows, before anything of that size is allocated.
	ErrTooLarge = errors.New("GIF too large")
)
