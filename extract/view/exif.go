package view

import (
	"bytes"
	"encoding/binary"
)

// orientation returns the EXIF orientation of a file, 1 to 8. It is 1, upright, if the
// file has no EXIF data or invalid data.
func orientation(f format, data []byte) int {
	switch f {
	case formatJPEG:
		return tiffOrientation(jpegEXIF(data))
	case formatPNG:
		return tiffOrientation(pngEXIF(data))
	case formatWebP:
		return tiffOrientation(webpEXIF(data))
	}
	return 1
}

// jpegEXIF returns the body of the first APP1 segment that holds EXIF data.
func jpegEXIF(data []byte) []byte {
	for pos := 2; pos+4 <= len(data) && data[pos] == 0xff; {
		marker := data[pos+1]
		if marker == 0xff { // padding
			pos++
			continue
		}
		if marker == 0xda || marker == 0xd9 { // the picture, or its end
			return nil
		}
		if marker == 0x01 || 0xd0 <= marker && marker <= 0xd8 { // these have no body
			pos += 2
			continue
		}
		end := pos + 2 + int(binary.BigEndian.Uint16(data[pos+2:]))
		if end < pos+4 || end > len(data) {
			return nil
		}
		body := data[pos+4 : end]
		if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); marker == 0xe1 && ok {
			return tiff
		}
		pos = end
	}
	return nil
}

// pngEXIF returns the body of the eXIf chunk, which may also follow the picture.
func pngEXIF(data []byte) []byte {
	for rest := data[8:]; ; {
		kind, body, next, err := pngChunk(rest)
		if err != nil {
			return nil
		}
		if kind == "eXIf" {
			return body
		}
		rest = next
	}
}

// webpEXIF returns the body of the EXIF chunk.
func webpEXIF(data []byte) []byte {
	for pos := 12; pos+8 <= len(data); {
		size := int64(binary.LittleEndian.Uint32(data[pos+4:]))
		if size > int64(len(data)-pos-8) {
			return nil
		}
		body := data[pos+8 : pos+8+int(size)]
		if string(data[pos:pos+4]) == "EXIF" {
			return bytes.TrimPrefix(body, []byte("Exif\x00\x00"))
		}
		pos += 8 + int(size+size%2)
	}
	return nil
}

// tiffOrientation reads tag 0x0112 of the first directory of TIFF-structured
// data.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		if len(entries) < 12 {
			return 1
		}
		const tagOrientation, typeShort = 0x0112, 3
		if order.Uint16(entries) == tagOrientation {
			v := int(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != typeShort || order.Uint32(entries[4:]) != 1 || v < 1 || v > 8 {
				return 1
			}
			return v
		}
		entries = entries[12:]
	}
	return 1
}

// orient rotates and mirrors the picture so that it is upright.
func orient(src *Image, orientation int) *Image {
	if orientation == 1 {
		return src
	}
	w, h := src.Width, src.Height
	dst := &Image{Width: w, Height: h, Pix: make([]uint8, len(src.Pix))}
	if orientation >= 5 {
		dst.Width, dst.Height = h, w
	}
	for y := range dst.Height {
		row := dst.row(y)
		for x := range dst.Width {
			var sx, sy int
			switch orientation {
			case 2: // mirrored left to right
				sx, sy = w-1-x, y
			case 3: // upside down
				sx, sy = w-1-x, h-1-y
			case 4: // mirrored top to bottom
				sx, sy = x, h-1-y
			case 5: // mirrored along the falling diagonal
				sx, sy = y, x
			case 6: // to be rotated right
				sx, sy = y, h-1-x
			case 7: // mirrored along the rising diagonal
				sx, sy = w-1-y, h-1-x
			case 8: // to be rotated left
				sx, sy = w-1-y, x
			}
			copy(row[3*x:3*x+3], src.Pix[3*(sy*w+sx):])
		}
	}
	return dst
}
