package view

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
)

// drawVersion is the version of Draw's arithmetic. It changes with any change to draws.
const drawVersion = 1

// Crop is a rectangle of an image, in pixels. Flip says that it is then mirrored left
// to right.
type Crop struct {
	Top, Left, Height, Width int
	Flip                     bool
}

// The ranges of torchvision's RandomResizedCrop: the share of the area, and the ratio
// of width to height.
const (
	minScale, maxScale = 0.08, 1.0
	minRatio, maxRatio = 3.0 / 4, 4.0 / 3
	cropTries          = 10
	logMaxRatio        = 0.28768207245178092744 // ln 4/3 = −ln 3/4
)

// Draw chooses the crop and flip of a training view as torchvision's
// RandomResizedCrop followed by RandomHorizontalFlip do. The share of the area is
// uniform in [0.08, 1], the ratio log-uniform in [3/4, 4/3], the position uniform.
// After ten rectangles that don't fit, it takes the largest central one whose ratio is
// in range.
//
// The view, counted from 1, is drawn from a generator seeded with
// SHA-256(seed ‖ content ‖ view), the numbers as 64 bits little-endian; content is
// the SHA-256 of the file. So a view does not depend on the order, the shard or the
// machine: ChaCha8's stream is specified, and the rest uses only operations that
// IEEE 754 rounds exactly, none of them fused.
func Draw(seed uint64, content [32]byte, view int, width, height int) Crop {
	rng := newStream(seed, content, view)
	crop := drawRectangle(rng, width, height)
	crop.Flip = rng.uniform() < 0.5
	return crop
}

func drawRectangle(rng *stream, width, height int) Crop {
	area := float64(width) * float64(height)
	for range cropTries {
		target := area * rng.between(minScale, maxScale)
		ratio := exp(rng.between(-logMaxRatio, logMaxRatio))
		w := int(math.RoundToEven(math.Sqrt(target * ratio)))
		h := int(math.RoundToEven(math.Sqrt(target / ratio)))
		if 0 < w && w <= width && 0 < h && h <= height {
			top := rng.below(height - h + 1)
			left := rng.below(width - w + 1)
			return Crop{Top: top, Left: left, Height: h, Width: w}
		}
	}
	w, h := width, height
	switch ratio := float64(width) / float64(height); {
	case ratio < minRatio:
		h = int(math.RoundToEven(float64(w) / minRatio))
	case ratio > maxRatio:
		w = int(math.RoundToEven(float64(h) * maxRatio))
	}
	return Crop{Top: (height - h) / 2, Left: (width - w) / 2, Height: h, Width: w}
}

// stream is the source of random numbers of one view.
type stream struct{ chacha *rand.ChaCha8 }

func newStream(seed uint64, content [32]byte, view int) *stream {
	var key [8 + 32 + 8]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	copy(key[8:], content[:])
	binary.LittleEndian.PutUint64(key[40:], uint64(view))
	return &stream{rand.NewChaCha8(sha256.Sum256(key[:]))}
}

// uniform returns a multiple of 2^−53 in [0, 1).
func (s *stream) uniform() float64 {
	return float64(s.chacha.Uint64()>>11) / (1 << 53)
}

// between returns a number in [lo, hi).
func (s *stream) between(lo, hi float64) float64 {
	return lo + float64((hi-lo)*s.uniform())
}

// below returns an integer in [0, n), each equally likely (Lemire's method).
func (s *stream) below(n int) int {
	size := uint64(n)
	hi, lo := bits.Mul64(s.chacha.Uint64(), size)
	for lo < -size%size {
		hi, lo = bits.Mul64(s.chacha.Uint64(), size)
	}
	return int(hi)
}

// exp is e^x for |x| ≤ ln 4/3, by Taylor's series; the first omitted term is below
// 2^−53. math.Exp won't do because its last bit depends on the processor.
func exp(x float64) float64 {
	sum := 1.0
	for n := 13; n > 0; n-- {
		sum = 1 + float64(float64(x*sum)/float64(n))
	}
	return sum
}
