package view

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// format is an image format's usual name; formatUnknown is none.
type format string

const (
	formatUnknown format = ""
	formatJPEG    format = "JPEG"
	formatPNG     format = "PNG"
	formatBMP     format = "BMP"
	formatPNM     format = "PNM"
	formatWebP    format = "WebP"
	formatGIF     format = "GIF"
)

// signature is a run of bytes at an offset by which a format is recognised.
type signature struct {
	format format
	offset int
	magic  string
}

// signatures lists the supported formats and, below them, formats that people rename to
// .jpg: the error then names the format. TIFF is not supported on purpose, because its
// decoders have a long record of memory errors.
var signatures = []signature{
	{formatJPEG, 0, "\xff\xd8\xff"},
	{formatPNG, 0, "\x89PNG\r\n\x1a\n"},
	{formatGIF, 0, "GIF87a"},
	{formatGIF, 0, "GIF89a"},
	{formatWebP, 8, "WEBP"},
	{formatBMP, 0, "BM"},

	{"TIFF", 0, "II*\x00"},
	{"TIFF", 0, "MM\x00*"},
	{"TIFF", 0, "II+\x00"},
	{"TIFF", 0, "MM\x00+"},
	{"AVIF", 4, "ftypavif"},
	{"HEIC", 4, "ftypheic"},
	{"HEIC", 4, "ftypheix"},
	{"HEIC", 4, "ftypmif1"},
	{"JPEG XL", 0, "\xff\x0a"},
	{"JPEG XL", 4, "JXL \r\n\x87\n"},
	{"JPEG 2000", 4, "jP  \r\n\x87\n"},
	{"Photoshop", 0, "8BPS"},
	{"PDF", 0, "%PDF-"},
}

// sniff recognises a file's format by its first bytes.
func sniff(data []byte) format {
	for _, s := range signatures {
		if len(data) <= s.offset || !bytes.HasPrefix(data[s.offset:], []byte(s.magic)) {
			continue
		}
		if s.format == formatBMP && isText(data[:min(len(data), 512)]) {
			break // text may start with BM, but has no zeros as a header has
		}
		return s.format
	}
	if len(data) >= 3 && data[0] == 'P' && '1' <= data[1] && data[1] <= '6' && isSpace(data[2]) {
		return formatPNM
	}
	return formatUnknown
}

// describe says what a file that is not an image looks like.
func describe(data []byte) string {
	if len(data) == 0 {
		return "the file is empty"
	}
	head := data[:min(len(data), 512)]
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\f"))
	for _, page := range []struct{ prefix, name string }{
		{"<!doctype html", "an HTML page"},
		{"<html", "an HTML page"},
		{"<head", "an HTML page"},
		{"<body", "an HTML page"},
		{"<svg", "an SVG drawing"},
		{"<?xml", "an XML document"},
		{"version https://git-lfs", "a Git LFS pointer; fetch the file itself"},
	} {
		if bytes.HasPrefix(text, []byte(page.prefix)) {
			return "the file is " + page.name
		}
	}
	if isText(head) {
		return "the file is text"
	}
	return fmt.Sprintf("unknown content, starting with % x", data[:min(len(data), 8)])
}

// isText reports whether head, the first bytes of a file, could be UTF-8 text.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 {
			return !utf8.FullRune(head) // cut in a rune at the end of head
		}
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' {
			return false
		}
		head = head[size:]
	}
	return true
}

// Recognise returns the name of an image format by the first bytes of a file, 512 or the
// whole file; "" if they are no image's. supported reports whether [Decoder.Decode] reads
// the format.
func Recognise(head []byte) (name string, supported bool) {
	f := sniff(head)
	_, supported = decoders[f]
	return string(f), supported
}
