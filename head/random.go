package head

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
)

// Every use of randomness has its own ChaCha8 stream, keyed by the seed, the use and a
// number. A change to one use leaves the others' numbers as they are.
const (
	streamInit uint64 = iota + 1
	streamOrder
	streamFolds
	streamSearch
	streamBlocks
)

// stream is one such stream.
type stream struct{ src *rand.ChaCha8 }

func newStream(seed, use, number uint64) stream {
	var key [32]byte
	copy(key[:], "head v1:")
	binary.LittleEndian.PutUint64(key[8:], seed)
	binary.LittleEndian.PutUint64(key[16:], use)
	binary.LittleEndian.PutUint64(key[24:], number)
	return stream{rand.NewChaCha8(key)}
}

// below returns a uniform integer in [0,n), n > 0, by Lemire's method
// (https://arxiv.org/abs/1805.10941).
func (s stream) below(n uint64) uint64 {
	hi, lo := bits.Mul64(s.src.Uint64(), n)
	if lo < n {
		for reject := -n % n; lo < reject; {
			hi, lo = bits.Mul64(s.src.Uint64(), n)
		}
	}
	return hi
}

// shuffle permutes order (Fisher and Yates).
func (s stream) shuffle(order []int32) {
	for i := len(order) - 1; i > 0; i-- {
		j := s.below(uint64(i) + 1)
		order[i], order[j] = order[j], order[i]
	}
}

// unit returns a uniform multiple of 2^-53 in [0,1).
func (s stream) unit() float64 {
	return float64(s.src.Uint64()>>11) * 0x1p-53
}

// linear fills a layer's weight and bias as torch.nn.Linear does, from
// U(−1/√in, 1/√in).
func (s stream) linear(weight, bias []float32, in int) {
	bound := 1 / math.Sqrt(float64(in))
	for _, p := range [][]float32{weight, bias} {
		for i := range p {
			p[i] = float32((float64(2*s.unit()) - 1) * bound)
		}
	}
}
