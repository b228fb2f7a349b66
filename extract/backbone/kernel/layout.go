package kernel

// Lanes is the number of channels in a block: one AVX-512 register of float32,
// two AVX2 registers.
const Lanes = 16

// Blocks is the number of channel blocks that hold c channels.
func Blocks(c int) int { return (c + Lanes - 1) / Lanes }

// A Layout says where the activations of one image lie in memory: NCHWc16 with
// borders, that is [Blocks(C)][Rows][Cols][16] float32. The image's pixel (0,0) is at
// row Top and column Left. Everything around the H×W pixels is zero, so that a
// convolution finds its padding in place. The channels beyond C in the last block are
// zero too. The images of a batch lie at a fixed stride ≥ Len.
type Layout struct {
	C, H, W    int // the image
	Top, Left  int // border rows above and columns before the image
	Rows, Cols int // of the bordered plane; Rows ≥ Top+H, Cols ≥ Left+W

	// Planar means blocks of one channel instead of 16: [C][Rows][Cols]. It is for images
	// of 3 channels that only direct convolutions without groups read.
	Planar bool
}

// lanes is the number of channels in a block.
func (l Layout) lanes() int {
	if l.Planar {
		return 1
	}
	return Lanes
}

// Offset is the index of the first channel of block cb of pixel (y, x). Pixels of the border have
// coordinates too: −Top ≤ y < Rows−Top, −Left ≤ x < Cols−Left.
func (l Layout) Offset(cb, y, x int) int {
	return ((cb*l.Rows+l.Top+y)*l.Cols + l.Left + x) * l.lanes()
}

// RowStride is the distance in floats between vertically adjacent pixels.
func (l Layout) RowStride() int { return l.Cols * l.lanes() }

// BlockStride is the distance in floats between the same pixel of adjacent
// channel blocks.
func (l Layout) BlockStride() int { return l.Rows * l.Cols * l.lanes() }

// Len is the number of floats that one image takes, a multiple of 16.
func (l Layout) Len() int {
	if l.Planar {
		return Blocks(l.C*l.BlockStride()) * Lanes
	}
	return Blocks(l.C) * l.BlockStride()
}
