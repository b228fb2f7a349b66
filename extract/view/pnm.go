package view

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// This package reads PNM itself because neither the standard library nor
// golang.org/x/image does.

// pnmFile is a PNM header: P1 and P4 are black and white, P2 and P5 grey, P3 and
// P6 colour; in the first of each pair the samples are decimal numbers.
type pnmFile struct {
	kind          byte // the digit, '1' to '6'
	width, height int64
	maxval        int    // the sample that means white
	body          []byte // what follows the header
}

func (f *pnmFile) plain() bool  { return f.kind <= '3' }
func (f *pnmFile) bitmap() bool { return f.kind == '1' || f.kind == '4' }

// bands is the number of samples per pixel.
func (f *pnmFile) bands() int64 {
	if f.kind == '3' || f.kind == '6' {
		return 3
	}
	return 1
}

// decodePNM reads a Portable Any Map.
func decodePNM(data []byte, maxPixels int64) (*Image, error) {
	f, err := parsePNM(data)
	if err != nil {
		return nil, err
	}
	if err := checkSize(f.width, f.height, maxPixels); err != nil {
		return nil, err
	}
	if int64(len(f.body)) < f.minBytes() {
		return nil, fmt.Errorf("%w: %d bytes can't hold %d×%d pixels", ErrTruncated, len(f.body), f.width, f.height)
	}
	img := newImage(int(f.width), int(f.height))
	switch {
	case f.kind == '1':
		err = f.readPlainBits(img)
	case f.kind == '4':
		f.readBits(img)
	case f.plain():
		err = f.readPlain(img)
	default:
		f.readBinary(img)
	}
	if err != nil {
		return nil, err
	}
	return img, nil
}

// minBytes is the smallest size of a complete file after its header.
func (f *pnmFile) minBytes() int64 {
	samples := f.width * f.height * f.bands()
	switch {
	case f.kind == '1':
		return samples
	case f.kind == '4':
		return f.height * ((f.width + 7) / 8)
	case f.plain():
		return 2*samples - 1 // a digit each and a space between
	case f.maxval > 255:
		return 2 * samples
	}
	return samples
}

func parsePNM(data []byte) (*pnmFile, error) {
	f := &pnmFile{kind: data[1], maxval: 1}
	rest := data[3:]
	var fields [3]int64
	n := 3
	if f.bitmap() {
		n = 2
	}
	for i := range n {
		token, next, err := pnmToken(rest)
		if err != nil {
			return nil, err
		}
		if fields[i], err = strconv.ParseInt(token, 10, 64); err != nil || fields[i] < 0 {
			return nil, fmt.Errorf("%w: %q in the header is not a number", ErrCorrupt, token)
		}
		rest = next
	}
	f.width, f.height, f.body = fields[0], fields[1], rest
	if !f.bitmap() {
		if fields[2] < 1 || fields[2] > 65535 {
			return nil, fmt.Errorf("%w: maximal value %d", ErrCorrupt, fields[2])
		}
		f.maxval = int(fields[2])
	}
	return f, nil
}

// pnmToken returns the next word of data, and the rest of data after the word and the
// one space that follows it. A '#' starts a comment up to the end of the line.
func pnmToken(data []byte) (token string, rest []byte, err error) {
	var word []byte
	for len(data) > 0 && len(word) <= 10 {
		c := data[0]
		data = data[1:]
		switch {
		case c == '#':
			end := bytes.IndexAny(data, "\r\n")
			if end < 0 {
				end = len(data) - 1
			}
			data = data[end+1:]
		case !isSpace(c):
			word = append(word, c)
		case len(word) > 0:
			return string(word), data, nil
		}
	}
	if len(word) > 10 {
		return "", nil, fmt.Errorf("%w: %q in the header is too long", ErrCorrupt, word)
	}
	return "", nil, fmt.Errorf("%w: it ends in the header", ErrTruncated)
}

func isSpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\r'
}

// scale returns the 8-bit value of each sample. Grey of more than 8 bits is scaled to
// 16 bits and then clipped at 255, as in Pillow's conversion from mode I to RGB.
func (f *pnmFile) scale() []uint8 {
	white := 255.0
	if f.bands() == 1 && f.maxval > 255 {
		white = 65535
	}
	size := 256
	if f.maxval > 255 {
		size = 65536
	}
	table := make([]uint8, size)
	for v := range table {
		table[v] = uint8(min(255, math.RoundToEven(float64(v)/float64(f.maxval)*white)))
	}
	return table
}

// put writes sample i: one of three of a pixel, or the grey of a whole pixel.
func (f *pnmFile) put(img *Image, i int64, v uint8) {
	if f.bands() == 3 {
		img.Pix[i] = v
		return
	}
	img.Pix[3*i], img.Pix[3*i+1], img.Pix[3*i+2] = v, v, v
}

func (f *pnmFile) readBinary(img *Image) {
	if f.kind == '6' && f.maxval == 255 {
		copy(img.Pix, f.body)
		return
	}
	table := f.scale()
	for i := range f.width * f.height * f.bands() {
		var v int
		if f.maxval > 255 {
			v = int(f.body[2*i])<<8 | int(f.body[2*i+1])
		} else {
			v = int(f.body[i])
		}
		f.put(img, i, table[v])
	}
}

func (f *pnmFile) readBits(img *Image) {
	stride := (f.width + 7) / 8
	for y := range f.height {
		row := f.body[y*stride:]
		for x := range f.width {
			if row[x/8]<<(x%8)&0x80 == 0 {
				f.put(img, y*f.width+x, 255)
			}
		}
	}
}

// readPlainBits reads the digits 0 and 1, which need no space between them.
func (f *pnmFile) readPlainBits(img *Image) error {
	next := int64(0)
	p := plainReader{data: f.body}
	for next < f.width*f.height {
		c, ok := p.skipToWord()
		switch {
		case !ok:
			return fmt.Errorf("%w: %d of %d pixels", ErrTruncated, next, f.width*f.height)
		case c == '0':
			f.put(img, next, 255)
		case c != '1':
			return fmt.Errorf("%w: %q is not a bit", ErrCorrupt, c)
		}
		p.pos++
		next++
	}
	return nil
}

func (f *pnmFile) readPlain(img *Image) error {
	table := f.scale()
	p := plainReader{data: f.body}
	total := f.width * f.height * f.bands()
	for i := range total {
		v, ok, err := p.number()
		switch {
		case err != nil:
			return err
		case !ok:
			return fmt.Errorf("%w: %d of %d samples", ErrTruncated, i, total)
		case v > f.maxval:
			return fmt.Errorf("%w: sample %d is above %d", ErrCorrupt, v, f.maxval)
		}
		f.put(img, i, table[v])
	}
	return nil
}

// plainReader reads decimal numbers and skips spaces and comments.
type plainReader struct {
	data []byte
	pos  int
}

// skipToWord moves to the next byte that is neither space nor comment and
// returns it.
func (p *plainReader) skipToWord() (byte, bool) {
	comment := false
	for ; p.pos < len(p.data); p.pos++ {
		c := p.data[p.pos]
		switch {
		case comment:
			comment = c != '\n' && c != '\r'
		case c == '#':
			comment = true
		case !isSpace(c):
			return c, true
		}
	}
	return 0, false
}

// number reads the next number; ok is false at the end of the data.
func (p *plainReader) number() (v int, ok bool, err error) {
	if _, ok = p.skipToWord(); !ok {
		return 0, false, nil
	}
	start := p.pos
	for ; p.pos < len(p.data) && !isSpace(p.data[p.pos]) && p.data[p.pos] != '#'; p.pos++ {
		c := p.data[p.pos]
		if c < '0' || c > '9' || p.pos-start >= 10 {
			return 0, false, fmt.Errorf("%w: %q is not a number", ErrCorrupt, p.data[start:p.pos+1])
		}
		v = 10*v + int(c-'0')
	}
	return v, true, nil
}
