package gif

import (
	"encoding/binary"
	"fmt"
)

const (
	maxBits   = 12           // of a code; only with a code size of 12, codes have 13
	tableSize = 1 << maxBits // codes from here on are never stored

	// slack is how far a string may reach beyond the last pixel: a whole string, copied
	// by 8 bytes.
	slack = tableSize + 8
)

// unpack decompresses the frame's indices from blocks of LZW codes. Surplus pixels
// are dropped, and what follows the last pixel is not read.
//
// The string of every stored code has been written before: that of a new code is the last
// string and the one pixel behind it. So the table only says where strings begin and how
// long they are.
func unpack(data []byte, codeSize, pixels int) ([]uint8, error) {
	if codeSize > maxBits {
		return nil, fmt.Errorf("%w: LZW code size %d", ErrCorrupt, codeSize)
	}
	if mostPixels(len(data), codeSize) < int64(pixels) {
		return nil, fmt.Errorf("%w: %d bytes can't hold %d pixels", ErrTruncated, len(data), pixels)
	}
	var (
		clearCode = 1 << codeSize
		endCode   = clearCode + 1
		next      = clearCode + 2 // the code that would be stored next
		width     = uint(codeSize + 1)
		grow      = 1<<width - 1 // the code after which width grows

		out   = make([]uint8, pixels+slack)
		n     int // pixels in out
		last  int // where the last string begins
		size  int // its length; 0 after a clear code
		begin [tableSize + 3]uint32
		sizes [tableSize + 3]uint32
		r     = bitReader{rest: data}
	)
	for n < pixels {
		if r.n < width && !r.fill(width) {
			return nil, fmt.Errorf("%w: the codes end after %d pixels of %d", ErrTruncated, n, pixels)
		}
		code := int(r.acc & (1<<width - 1))
		r.acc >>= width
		r.n -= width

		switch {
		case code == clearCode:
			next, width = clearCode+2, uint(codeSize+1)
			grow, size = 1<<width-1, 0
			continue
		case code == endCode:
			return nil, fmt.Errorf("%w: the codes end after %d pixels of %d", ErrTruncated, n, pixels)
		case size == 0:
			if code > clearCode {
				return nil, fmt.Errorf("%w: LZW code %d after a clear code", ErrCorrupt, code)
			}
		case code > next || next > tableSize && code == next && size > 1:
			return nil, fmt.Errorf("%w: LZW code %d, only %d are known", ErrCorrupt, code, next)
		default:
			begin[next], sizes[next] = uint32(last), uint32(size+1)
		}

		start := n
		if code < clearCode {
			out[n] = uint8(code)
			n++
		} else {
			n += write(out, n, int(begin[code]), int(sizes[code]))
		}
		if size > 0 && next < tableSize {
			if next == grow && width < maxBits {
				width++
				grow = 1<<width - 1
			}
			next++
		}
		last, size = start, n-start
	}
	return out[:pixels], nil
}

// write appends the string of size bytes at from to the n bytes of out. It may end with
// the first byte that it writes.
func write(out []uint8, n, from, size int) int {
	if size <= 8 {
		binary.LittleEndian.PutUint64(out[n:], binary.LittleEndian.Uint64(out[from:]))
	} else {
		copy(out[n:n+size], out[from:from+size])
	}
	if from+size > n {
		out[n+size-1] = out[n]
	}
	return size
}

// mostPixels is an upper bound of the pixels that a number of bytes can stand for: after
// k codes, the next one stands for at most k+1 pixels and never more than tableSize.
func mostPixels(bytes, codeSize int) int64 {
	codes := int64(bytes) * 8 / int64(codeSize+1)
	return min(codes, tableSize) * codes
}
