package jpeg

import "errors"

var (
	// ErrFormat is returned when the data do not start as a JPEG file does
	// (FF D8 FF).
	ErrFormat = errors.New("not a JPEG file")

	// ErrUnsupported is returned for JPEG processes and layouts this package
	// does not decode: hierarchical frames, lossless ones with arithmetic coding or
	// in YCbCr, samples of other than 8 bits, component counts other than 1, 3 and 4, and
	// sampling factors that are no whole multiples of each other. The error's
	// text names which.
	ErrUnsupported = errors.New("unsupported JPEG")

	// ErrTruncated is returned when the data end before the image is complete.
	ErrTruncated = errors.New("truncated JPEG file")

	// ErrCorrupt is returned when a header or table breaks the standard so that
	// libjpeg refuses it too. Damage inside entropy-coded data that libjpeg only
	// warns of is no error here either.
	ErrCorrupt = errors.New("corrupt JPEG file")

	// ErrTooLarge is returned when the header claims more pixels than the
	// caller allows, before anything of that size is allocated, and when
	// decoding would take far more work than an image of its size deserves.
	ErrTooLarge = errors.New("JPEG too large")
)
