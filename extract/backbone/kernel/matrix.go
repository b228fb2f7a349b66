package kernel

// A dense convolution with enough outputs is computed as a matrix product in blocks that
// stay in the caches:
//
//   - a chunk of pixels, with a part of the inputs that they sum over, is packed into the
//     order in which the kernels read it: [tiles][taps][pixels of a tile][8]. It stays in
//     the second-level cache while the weights of all outputs are read past it.
//   - the weights of those inputs for a panel of outputs stay in the first-level cache
//     while all tiles of the chunk are read past them.
//   - a tile's sums stay in registers. Between two parts of the inputs they lie in the
//     output, unrounded, since they are float32 there too. So each is one chain, in the
//     same order as without the parts.

const (
	tapLanes     = 8             // channels of a packed tap
	packedFloats = 256 << 10 / 4 // of a chunk: half of a second-level cache of 512 KiB
	partTaps     = 256 / tapLanes
)

// A matrix is how a dense convolution is cut.
type matrix struct {
	taps  []int32 // offsets of the taps of 8 channels, in summing order
	parts int     // of taps, as equal as possible
}

// minOutputs is the number of output channels from which packing the inputs pays.
const minOutputs = 2 * Lanes

// newMatrix cuts the convolution into parts; nil if it is not for packing.
func (d *Direct) newMatrix() *matrix {
	width := d.width(0, d.conv.InC)
	if d.conv.Groups > 1 || width < tapLanes || d.conv.OutC < minOutputs {
		return nil
	}
	m := &matrix{}
	for _, tap := range d.taps(0, d.conv.InC, width) {
		for at := 0; at < width; at += tapLanes {
			m.taps = append(m.taps, tap+int32(at))
		}
	}
	m.parts = (len(m.taps) + partTaps - 1) / partTaps
	return m
}

// part is the i-th part's range of taps.
func (m *matrix) part(i int) (from, to int) {
	return Share{Part: i, Parts: m.parts}.Of(len(m.taps))
}

// longest is the number of inputs in the longest part.
func (m *matrix) longest() int { return (len(m.taps) + m.parts - 1) / m.parts * tapLanes }

// most is the largest number of pixels in a chunk, whole tiles.
func (m *matrix) most() int { return max(packedFloats/m.longest()/tile, 1) * tile }

// chunk is how many of n pixels are packed together: chunks are equal, and whole tiles.
func (m *matrix) chunk(n int) int {
	chunks := (n + m.most() - 1) / m.most()
	return (n + chunks*tile - 1) / (chunks * tile) * tile
}

// packedLen is the number of floats that packing up to n pixels takes.
func (m *matrix) packedLen(n int) int {
	return min(m.most(), (n+tile-1)/tile*tile) * m.longest()
}
