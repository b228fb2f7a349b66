//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// normArgs is what the assembly reads; asm/norm.go knows its order.
type normArgs struct {
	in, out              *float32
	scale, shift         *float32 // of the blocks before the last
	scaleStep, shiftStep int      // bytes from block to block
	inStep, outStep      int      // bytes from block to block
	before               int      // blocks before the last
	pixels               int
	rms                  int // 1: the mean is 0
	count, epsilon       float32
	one                  float32
	_                    float32
	lastScale, lastShift [Lanes]float32 // of the last block
	mask                 [Lanes]uint32  // all ones where the last block has a channel
	_                    [16]float32    // the assembly's own: means and roots of the pixels it is at
}

// The kernels are [Norm.rowGeneric] for whole blocks of channels, of which the last of all
// may be part.

//go:noescape
func normAVX512(a *normArgs)

//go:noescape
func normAVX2(a *normArgs)

// ones and zeros are the scale and shift of any block where there are none.
var (
	ones  = [Lanes]float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	zeros [Lanes]float32
)

func (n *Norm) row(level simd.Level, out, in []float32, pixels, first, size int) {
	if level == simd.Generic {
		n.rowGeneric(out, in, pixels, first, size)
		return
	}
	inBlock, outBlock := n.In.BlockStride(), n.Out.BlockStride()
	start := first / Lanes
	a := normArgs{
		in: &in[start*inBlock], out: &out[start*outBlock], inStep: 4 * inBlock, outStep: 4 * outBlock,
		scale: &ones[0], shift: &zeros[0], lastScale: ones,
		before: Blocks(size) - 1, pixels: pixels, count: float32(size), epsilon: n.Epsilon, one: 1,
	}
	last := first + a.before*Lanes // the last block's first channel
	end := first + size
	if n.Scale != nil {
		a.scale, a.scaleStep = &n.Scale[first], 4*Lanes
		copy(a.lastScale[:], n.Scale[last:end])
	}
	if n.Shift != nil {
		a.shift, a.shiftStep = &n.Shift[first], 4*Lanes
		copy(a.lastShift[:], n.Shift[last:end])
	}
	for l := range end - last {
		a.mask[l] = 1<<32 - 1
	}
	if n.RMS {
		a.rms = 1
	}
	// The assembly checks no bounds.
	_ = in[(start+a.before)*inBlock+pixels*Lanes-1]
	_ = out[(start+a.before)*outBlock+pixels*Lanes-1]
	if level == simd.AVX512 {
		normAVX512(&a)
	} else {
		normAVX2(&a)
	}
}
