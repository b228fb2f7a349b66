package graph

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// The kinds of errors that [Load] returns, for [errors.Is]. Any other error comes from
// reading the file.
var (
	// ErrNotModel is returned when the file is not an ONNX model but, for example,
	// empty, a web page, a Git LFS pointer or an archive.
	ErrNotModel = errors.New("not an ONNX model")
	// ErrInvalid is returned when the file is an ONNX model, but damaged or
	// contradictory: truncated, without its weights, cyclic, or of absurd shape.
	ErrInvalid = errors.New("invalid model")
	// ErrUnsupported is returned when the model is valid but holds something
	// between its input and its features that a [Graph] can't express.
	ErrUnsupported = errors.New("unsupported model")
)

// problem is an error whose kind is not part of its text.
type problem struct {
	kind  error
	msg   string
	cause error
}

func (p *problem) Error() string { return p.msg }

func (p *problem) Unwrap() []error {
	var out []error
	for _, err := range []error{p.kind, p.cause} {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

func failure(kind error, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &problem{kind: kind, msg: err.Error(), cause: errors.Unwrap(err)}
}

// oneLine keeps names from a hostile file from flooding or controlling a terminal.
func oneLine(s string) string {
	const limit = 600
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

func notModel(format string, args ...any) error    { return failure(ErrNotModel, format, args...) }
func invalid(format string, args ...any) error     { return failure(ErrInvalid, format, args...) }
func unsupported(format string, args ...any) error { return failure(ErrUnsupported, format, args...) }
