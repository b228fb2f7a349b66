package gif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
)

// grey builds a file without palette around blocks of codes.
func grey(width, height uint16, codeSize byte, blocks ...byte) []byte {
	b := []byte("GIF89a")
	b = binary.LittleEndian.AppendUint16(b, width)
	b = binary.LittleEndian.AppendUint16(b, height)
	b = append(b, 0, 0, 0, ',', 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, width)
	b = binary.LittleEndian.AppendUint16(b, height)
	return append(append(b, 0, codeSize), blocks...)
}

// TestLimit decodes each sample with a limit of its own size, and of a pixel less.
func TestLimit(t *testing.T) {
	for _, s := range readSamples(t) {
		if s.rgb == nil {
			continue
		}
		pixels := int64(s.width) * int64(s.height)
		if _, _, _, err := Decode(s.data, pixels); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		if _, _, _, err := Decode(s.data, pixels-1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %d pixels with a limit of %d: %v", s.name, pixels, pixels-1, err)
		}
	}
}

// TestCut cuts every sample at every length: the whole picture or an error.
func TestCut(t *testing.T) {
	for _, s := range readSamples(t) {
		if s.rgb == nil || len(s.data) > 2000 {
			continue
		}
		for n := range s.data {
			_, _, rgb, err := Decode(s.data[:n], pillowsLimit)
			if err == nil && !bytes.Equal(rgb, s.rgb) {
				t.Errorf("%s cut to %d of %d bytes: other pixels", s.name, n, len(s.data))
			}
			want := ErrTruncated
			if n < len("GIF89a") {
				want = ErrFormat
			}
			if err != nil && !errors.Is(err, want) {
				t.Errorf("%s cut to %d of %d bytes: got %v, want %v", s.name, n, len(s.data), err, want)
			}
		}
	}
}

// TestNoMemoryForAClaim refuses a large frame in a file that can't fill it, before
// anything is allocated for it.
func TestNoMemoryForAClaim(t *testing.T) {
	data := grey(13000, 13000, 8, 4, 0, 1, 2, 3)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, _, err := Decode(data, pillowsLimit)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTruncated) {
		t.Errorf("a frame of 13000×13000 in 4 bytes: %v", err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes allocated", n)
	}
}

// TestMostPixels checks that the bound is none too low, on the densest codes.
func TestMostPixels(t *testing.T) {
	for codeSize := 0; codeSize <= maxBits; codeSize++ {
		if got := mostPixels(0, codeSize); got != 0 {
			t.Errorf("code size %d: %d pixels in no bytes", codeSize, got)
		}
	}
	// Codes 0, 6, 7, 8, … of growing width stand for 1, 2, 3, 4, … pixels.
	var acc, n uint
	var codes []byte
	pixels, width := 0, uint(3)
	for i := range 3000 {
		code := uint(i + 5)
		if i == 0 {
			code = 0
		}
		acc |= code << n
		n += width
		for ; n >= 8; n -= 8 {
			codes = append(codes, byte(acc))
			acc >>= 8
		}
		pixels += i + 1
		if i > 0 && code == 1<<width-1 && width < maxBits {
			width++
		}
	}
	codes = append(codes, byte(acc))
	var blocks []byte
	for part := codes; len(part) > 0; {
		size := min(len(part), 255)
		blocks = append(append(blocks, byte(size)), part[:size]...)
		part = part[size:]
	}
	const height = 500
	w := uint16(pixels / height)
	width2, _, rgb, err := Decode(grey(w, height, 2, blocks...), pillowsLimit)
	if err != nil || width2 != int(w) {
		t.Fatalf("%d pixels in %d bytes: %v", pixels, len(codes), err)
	}
	if !bytes.Equal(rgb, make([]uint8, 3*int(w)*height)) {
		t.Error("the picture is not black")
	}
}

// TestEarlyEndCode fixes where this package is stricter than Pillow, which reads on
// behind an early end code if the file has more than 64 KiB to come.
func TestEarlyEndCode(t *testing.T) {
	early := []byte{2, 0b01_001_100, 0b1} // clear, 1, end, in codes of 3 bits
	data := grey(2, 1, 2, early...)
	data = append(data, make([]byte, 1<<17)...)
	if _, _, _, err := Decode(data, 2); !errors.Is(err, ErrTruncated) {
		t.Errorf("an end code after 1 pixel of 2: %v", err)
	}
	data = grey(1, 1, 2, early...)
	if _, _, rgb, err := Decode(data, 2); err != nil || !bytes.Equal(rgb, []uint8{1, 1, 1}) {
		t.Errorf("an end code after the last pixel: %v, %v", rgb, err)
	}
}
