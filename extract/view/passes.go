package view

import "encoding/binary"

// The two passes of a resize compute two samples in one 64-bit word, each in a half of
// its own. A row of weights sums to 2^22, give or take half a unit for each tap, and a
// sample has 8 bits. What the negative lobes of a filter add on both sides stays within 2
// more bits, so that a sum fits a half as a number of 32 bits with a sign. It is computed
// with 2^31 added, so that no half borrows from the other.
const (
	halves = 0x000000ff_000000ff // the low byte of each half
	bias   = 1 << 31             // added to each sum
	start  = (bias + 1<<(precisionBits-1)) * (1 + 1<<32)
)

// clipped turns the sum in the low half into a sample.
func clipped(sum uint64) uint64 {
	return uint64(min(max(int32(uint32(sum)-bias)>>precisionBits, 0), 255))
}

// clippedPair does so in both halves.
func clippedPair(sums uint64) uint64 { return clipped(sums) | clipped(sums>>32)<<32 }

// pixels is part of an RGB picture: rows of 3 bytes per pixel, stride bytes apart.
type pixels struct {
	data   []uint8
	stride int
}

// rowStride is the size of a row that horizontal writes: each pixel is written with a
// fourth byte, which the next pixel overwrites.
func rowStride(width int) int { return 3*width + 1 }

// horizontal resizes the first height rows of src into dst, whose rows have
// [rowStride] bytes. The first pixel of src is the input x0. paired is scratch, one
// word per pixel of a row of src.
func (a *axis) horizontal(dst, src pixels, height, x0 int, paired []uint64) {
	n := 3 * len(paired)
	used := rowStride(len(a.first))
	for y := 0; y < height; y += 2 {
		last := min(y+1, height-1) // an odd last row is paired with itself
		pair(paired, src.data[y*src.stride:][:n], src.data[last*src.stride:][:n])
		narrow(dst.data[y*dst.stride:][:used], dst.data[last*dst.stride:][:used], a, paired, x0)
	}
}

// pairGeneric packs the pixels of two rows into words: red, green, blue and an unused
// byte of row a, then the same of row b.
func pairGeneric(dst []uint64, a, b []uint8) {
	end := len(dst) - 1 // the last pixel has no fourth byte
	for x := range dst[:end] {
		lo := binary.LittleEndian.Uint32(a[3*x:])
		hi := binary.LittleEndian.Uint32(b[3*x:])
		dst[x] = uint64(lo) | uint64(hi)<<32
	}
	a, b = a[3*end:][:3], b[3*end:][:3]
	lo := uint32(a[0]) | uint32(a[1])<<8 | uint32(a[2])<<16
	hi := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	dst[end] = uint64(lo) | uint64(hi)<<32
}

// narrowGeneric resizes a pair of rows, whose first pixel is the input x0. Each
// pixel is written with a fourth byte, which the next one overwrites.
func narrowGeneric(dst0, dst1 []uint8, a *axis, paired []uint64, x0 int) {
	for i, first := range a.first {
		k := a.weights[i*a.taps:][:a.taps]
		src := paired[first-x0:][:len(k)]
		red, green, blue := uint64(start), uint64(start), uint64(start)
		for t, w := range k {
			v := src[t]
			red += v & halves * w
			green += v >> 8 & halves * w
			blue += v >> 16 & halves * w
		}
		v := clippedPair(red) | clippedPair(green)<<8 | clippedPair(blue)<<16
		binary.LittleEndian.PutUint32(dst0[3*i:], uint32(v))
		binary.LittleEndian.PutUint32(dst1[3*i:], uint32(v>>32))
	}
}

// vertical resizes the columns of src, rows of n bytes, into dst. The first row of
// src is the input y0.
func (a *axis) vertical(dst, src pixels, y0, n int) {
	for i, first := range a.first {
		k := a.weights[i*a.taps:][:a.taps]
		blend(dst.data[i*dst.stride:][:n], src.data[(first-y0)*src.stride:], src.stride, k)
	}
}

// blendGeneric sets dst to the weighted sum of as many rows of src as there are
// weights.
func blendGeneric(dst, src []uint8, stride int, weights []uint64) {
	n := len(dst)
	if n < 8 {
		for i := range dst {
			sum := uint64(start)
			for t, w := range weights {
				sum += uint64(src[t*stride+i]) * w
			}
			dst[i] = uint8(clipped(sum))
		}
		return
	}
	for i := 0; i < n; i += 8 {
		i = min(i, n-8) // the last 8 bytes may overlap those before
		var s0, s1, s2, s3 uint64 = start, start, start, start
		at := i
		for _, w := range weights {
			v := binary.LittleEndian.Uint64(src[at:])
			at += stride
			s0 += v & halves * w
			s1 += v >> 8 & halves * w
			s2 += v >> 16 & halves * w
			s3 += v >> 24 & halves * w
		}
		v := clippedPair(s0) | clippedPair(s1)<<8 | clippedPair(s2)<<16 | clippedPair(s3)<<24
		binary.LittleEndian.PutUint64(dst[i:], v)
	}
}
