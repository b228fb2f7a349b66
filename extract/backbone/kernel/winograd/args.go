package winograd

// The structs of this file are the arguments of the three kernels, in plain Go and
// in assembly, which reads their fields at the offsets in asm/winograd.go.
// Distances are in floats.

// An engine is one instruction set's kernels.
type engine struct {
	tiles   int // the most tiles in a job
	input   func(*inputArgs)
	product func(*productArgs)
	output  func(*outputArgs)
	// rearrange is rearrangeGeneric for eight pixels or more, all of whose columns
	// are in the rows.
	rearrange func(dst []float32, rows *stemRows, from, to int)
	expand    func(*expandArgs)
}

// inputArgs: the tiles' samples of one phase and one block of 16 channels are
// transformed, V = Bᵀ d B, into v[position·posStep + 16·tile].
type inputArgs struct {
	tiles            []tile
	src              []float32
	v                []float32
	shift            int // from tile.src to the phase's first sample
	rowStep, colStep int // between samples
	maxRow, maxCol   int // from the first sample to the last that the phase needs
	posStep          int
	taps             int
}

// A job multiplies 16·blocks input channels of some tiles by their weights into
// 32 output channels.
type job struct {
	tiles, blocks int
	v, u, m       int // where in the arguments' slices
	accumulate    int // 1 if the sum starts from m's own value, 0 if from 0
	position      int
}

// productArgs: for each job, its tiles t and 32 output channels o,
// m[32·t + o] = Σ v[block·blockStep + 16·t + c] · u[job.u + (4·quads·block + c)·step + o],
// over c < 4·quads and over blocks, in that order.
type productArgs struct {
	jobs      []job
	v, u, m   []float32
	blockStep int
	quads     int

	step int
}

// outputArgs: the products m[position·posStep + 32·tile] of 16 output channels
// become Y = Aᵀ m A + bias, plus the residual where res is not nil, without its
// negative values where relu is 1. The first tile.rows × tile.cols are stored.
type outputArgs struct {
	tiles    []tile
	m        []float32
	posStep  int
	dst      []float32
	dstShift int // from tile.dst to the block of channels
	dstRow   int // between rows
	res      []float32
	resShift int
	resRow   int
	bias     []float32
	relu     int
	taps     int
}
