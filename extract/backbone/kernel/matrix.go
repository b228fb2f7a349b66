package kernel

// A convolution without groups and with many outputs is computed as a matrix product, in
// pieces that stay in the caches:
//
//   - The inputs of a chunk of pixels are packed into the order in which the kernels read
//     them, [tiles][taps][pixels of a tile][8]. They stay in the second-level cache, while
//     the weights of all outputs are read past them.
//   - The weights of a panel of outputs stay in the first-level cache, while all tiles of
//     the chunk are read past them. Long sums are cut into parts for that.
//   - The sums of a tile stay in registers, and between two parts in the output. They are
//     float32 there too, so nothing is rounded, and each output is the same chain as
//     without parts.

const (
	tapLanes = 8 // channels of a packed tap
	// partTaps is the usual length of a part. Its weights for 16 outputs take 16 KiB.
	partTaps = 256 / tapLanes
	// packedFloats is the size of a packed chunk. Processors with AVX2 alone have caches of
	// 256 or 512 KiB.
	packedFloats = 192 << 10 / 4
	// minOutputs is from how many outputs on packing takes less time than it saves.
	minOutputs = 6 * Lanes
)

// A matrix says how a convolution is cut.
type matrix struct {
	taps   []int32 // offsets of 8 channels, or of one if single, in summing order
	single bool    // 8 of the taps are packed as one: the inputs lie apart, as in an image of 3 planes
	count  int     // of packed taps
	parts  int     // equal parts that they are cut into
}

// newMatrix is nil for a convolution whose inputs should not be packed.
func (d *Direct) newMatrix() *matrix {
	width := d.width(0, d.conv.InC)
	if d.conv.Groups > 1 || d.conv.OutC < minOutputs {
		return nil
	}
	m := &matrix{single: width < tapLanes}
	taps := d.taps(0, d.conv.InC, width)
	if m.single {
		m.taps = wholeTaps(taps)
		m.count = len(m.taps) / tapLanes
	} else {
		for _, tap := range taps {
			for i := 0; i < width; i += tapLanes {
				m.taps = append(m.taps, tap+int32(i))
			}
		}
		m.count = len(m.taps)
	}
	m.parts = max(1, (m.count+partTaps/2-1)/partTaps)
	return m
}

// wholeTaps fills up a list of single taps to a multiple of 8. What is added reads the first
// input again, for weights of zero.
func wholeTaps(taps []int32) []int32 {
	for len(taps)%tapLanes != 0 {
		taps = append(taps, taps[0])
	}
	return taps
}

// part is the range of taps of part i.
func (m *matrix) part(i int) (from, to int) { return Share{Part: i, Parts: m.parts}.Of(m.count) }

// longest is the number of inputs in the longest part.
func (m *matrix) longest() int { return (m.count + m.parts - 1) / m.parts * tapLanes }

// largest is the number of pixels in the largest chunk, a multiple of [tile].
func (m *matrix) largest() int { return max(1, packedFloats/(m.longest()*tile)) * tile }

// chunk is the number of pixels in each chunk of n pixels but the last, a multiple of
// [tile].
func (m *matrix) chunk(n int) int {
	chunks := (n + m.largest() - 1) / m.largest()
	return (n + chunks*tile - 1) / (chunks * tile) * tile
}

// packed is the number of floats that chunks of up to n pixels take.
func (m *matrix) packed(n int) int {
	return min(m.largest(), (n+tile-1)/tile*tile) * m.longest()
}
