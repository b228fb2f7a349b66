package view

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
)

const xmpPrefix = "http://ns.adobe.com/xap/1.0/\x00"

// jpegMetadata reads the APP1 segments before the picture. EXIF data in several
// segments are one; of several XMP packets the last counts.
func jpegMetadata(data []byte) (m metadata) {
	for pos := 2; ; {
		i := bytes.IndexByte(data[pos:], 0xff)
		if i < 0 {
			return m
		}
		pos += i + 1
		for pos < len(data) && data[pos] == 0xff { // padding
			pos++
		}
		if pos+3 > len(data) {
			return m
		}
		marker := data[pos]
		pos++
		if marker == 0 || 0xd0 <= marker && marker <= 0xd9 || marker == 0xc8 || 0xf0 <= marker && marker <= 0xfd {
			continue // these have no body
		}
		end := pos + max(2, int(binary.BigEndian.Uint16(data[pos:])))
		if marker < 0xc0 || marker == 0xda || end > len(data) {
			return m
		}
		body := data[pos+2 : end]
		if exif, ok := bytes.CutPrefix(body, []byte(exifPrefix)); ok && marker == 0xe1 {
			if m.exif == nil {
				m.exif = body
			} else {
				m.exif = slices.Concat(m.exif, exif)
			}
		} else if xmp, ok := bytes.CutPrefix(body, []byte(xmpPrefix)); ok && marker == 0xe1 {
			m.xmp = xmp
		}
		pos = end
	}
}

// webpMetadata reads the EXIF and XMP chunks, which count only if the header's flags
// announce them. Of several the first counts.
func webpMetadata(data []byte) (m metadata) {
	if len(data) < 30 || string(data[12:16]) != "VP8X" {
		return m
	}
	const hasEXIF, hasXMP = 8, 4
	flags := data[20]
	for rest := data[12:]; len(rest) >= 8; {
		size := int64(binary.LittleEndian.Uint32(rest[4:]))
		if size > int64(len(rest)-8) {
			break
		}
		body := rest[8 : 8+size]
		switch kind := string(rest[:4]); {
		case kind == "EXIF" && flags&hasEXIF != 0 && m.exif == nil:
			m.exif = body
		case kind == "XMP " && flags&hasXMP != 0 && m.xmp == nil:
			m.xmp = body
		}
		rest = rest[min(8+size+size%2, int64(len(rest))):]
	}
	return m
}

// pngMetadata reads the eXIf chunk and the text chunks that hold EXIF data or XMP; they
// may also follow the picture. Of several the last counts, and an eXIf chunk more than
// EXIF data in text. Checksums before the picture have been verified; Pillow verifies
// none after it.
func pngMetadata(data []byte) (m metadata) {
	var profile []byte
	after := false // the picture
	for rest := data[8:]; len(rest) >= 12; {
		size := int64(binary.BigEndian.Uint32(rest))
		if size > int64(len(rest)-12) {
			break
		}
		kind, body := string(rest[4:8]), rest[8:8+size]
		after = after || kind == "IDAT"
		if kind == "IEND" || kind == "fcTL" && after { // the next picture of an animation
			break
		}
		if kind == "eXIf" {
			m.exif = body
		}
		switch keyword, text, ok := pngText(kind, body); {
		case !ok:
		case keyword == xmpKeyword:
			m.xmp = text
		case kind != "iTXt":
			profile = rawProfile(text)
		}
		rest = rest[12+size:]
	}
	if m.exif == nil {
		m.exif = profile
	}
	return m
}

// Keywords of text chunks. ImageMagick wrote the second before there was eXIf.
const (
	xmpKeyword     = "XML:com.adobe.xmp"
	profileKeyword = "Raw profile type exif"
)

// pngText returns the keyword and the text of a text chunk. It reports false for other
// chunks and keywords.
func pngText(kind string, body []byte) (keyword string, text []byte, ok bool) {
	key, text, ok := bytes.Cut(body, []byte{0})
	keyword = string(key)
	if !ok || keyword != xmpKeyword && keyword != profileKeyword {
		return "", nil, false
	}
	compressed := kind == "zTXt"
	switch kind {
	case "tEXt":
	case "zTXt":
		ok = len(text) > 0 && text[0] == 0 // deflate
		text = text[min(1, len(text)):]
	case "iTXt": // two bytes, the language and the translated keyword come first
		parts := bytes.SplitN(text[min(2, len(text)):], []byte{0}, 3)
		if len(text) < 2 || len(parts) < 3 {
			return "", nil, false
		}
		compressed = text[0] != 0
		ok = !compressed || text[1] == 0
		text = parts[2]
	default:
		ok = false
	}
	if ok && compressed {
		text, ok = inflateText(text)
	}
	return keyword, text, ok
}

// maxText is the largest inflated text that Pillow reads.
const maxText = 1 << 20

func inflateText(compressed []byte) ([]byte, bool) {
	z, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, false
	}
	text, err := io.ReadAll(io.LimitReader(z, maxText+1))
	ok := err == nil || errors.Is(err, io.ErrUnexpectedEOF)
	return text, ok && len(text) <= maxText
}

// rawProfile decodes a profile in ImageMagick's form: an empty line, a name and a length,
// each on a line, and hexadecimal digits.
func rawProfile(text []byte) []byte {
	lines := strings.Split(string(text), "\n")
	digits := strings.Join(strings.Fields(strings.Join(lines[min(3, len(lines)):], "")), "")
	profile, err := hex.DecodeString(digits)
	if err != nil {
		return nil
	}
	return profile
}
