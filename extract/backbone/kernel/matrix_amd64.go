//go:build amd64 && !purego

package kernel

// matrixArgs is what the assembly reads; asm/matrix.go knows its offsets.
type matrixArgs struct {
	in                 *float32 // packed inputs of the first tile
	weights, next      *float32 // of this part, and those to prefetch for the next call
	out, res, bias     *float32 // at the first block of outputs; res nil for none
	pixels             *pixel
	tiles, taps        int // at least one
	weightStep         int // bytes between the weights of two blocks (AVX-512)
	outBlock, resBlock int // bytes between channel blocks
	nextBytes          int // of the weights of a block
	lo, hi             float32
	first, last        bool // whether the sums begin at zero, and whether they end here
}

// The kernels go on with the sums of [Direct.directGeneric] for two blocks of output
// channels or one.

//go:noescape
func matrixAVX512x2(a *matrixArgs)

//go:noescape
func matrixAVX512x1(a *matrixArgs)

//go:noescape
func matrixAVX2(a *matrixArgs)

// The tails' tiles are of 4 pixels.

//go:noescape
func matrixAVX512x2Tail(a *matrixArgs)

//go:noescape
func matrixAVX512x1Tail(a *matrixArgs)

//go:noescape
func matrixAVX2Tail(a *matrixArgs)

// packArgs is what the packing reads; asm/matrix_pack.go knows its offsets.
type packArgs struct {
	dst, src     *float32
	pixels       *pixel
	taps         *int32
	tiles, nTaps int
}

// The packings copy tiles of so many pixels.

//go:noescape
func packTile12(a *packArgs)

//go:noescape
func packTile6(a *packArgs)

//go:noescape
func packTile4(a *packArgs)
