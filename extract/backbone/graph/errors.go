package graph

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// The kinds of trouble that [Load] reports, for [errors.Is]. An error that is
// none of them comes from reading the file.
var (
	// ErrNotModel is returned when the file is something else than an ONNX
	// model: empty, a web page, a Git-LFS pointer, an archive.
	ErrNotModel = errors.New("not an ONNX model")
	// ErrInvalid is returned when the file is an ONNX model, but a damaged or
	// contradictory one: cut short, lacking weights, cyclic, of absurd shape.
	ErrInvalid = errors.New("invalid model")
	// ErrUnsupported is returned when the model is valid but holds something
	// between its input and its features that a [Graph] can't express.
	ErrUnsupported = errors.New("unsupported model")
)

// problem is an error whose kind can be asked for without being printed.
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

// oneLine keeps names from a hostile file from filling or steering a terminal.
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
