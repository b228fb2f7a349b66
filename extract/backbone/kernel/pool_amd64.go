//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// poolArgs is what the assembly reads; asm/pool.go knows its order.
type poolArgs struct {
	in, out          *float32
	cols             *span
	divisor          *float32
	outputs          int // windows in the row
	rowStep, colStep int // bytes between a window's rows and columns
	rows             int // of the windows
}

// The kernels are [Pool.rowGeneric].

//go:noescape
func poolMaxAVX512(a *poolArgs)

//go:noescape
func poolMaxAVX2(a *poolArgs)

//go:noescape
func poolAverageAVX512(a *poolArgs)

//go:noescape
func poolAverageAVX2(a *poolArgs)

func (p *Pool) row(level simd.Level, out, in []float32, y int) {
	if level == simd.Generic {
		p.rowGeneric(out, in, y)
		return
	}
	a := poolArgs{
		in: &in[0], out: &out[0], cols: &p.cols[0], divisor: &p.divisor[y*p.out.W], outputs: p.out.W,
		rowStep: 4 * p.step[0], colStep: 4 * p.step[1], rows: int(p.rows[y].count),
	}
	switch {
	case p.average && level == simd.AVX512:
		poolAverageAVX512(&a)
	case p.average:
		poolAverageAVX2(&a)
	case level == simd.AVX512:
		poolMaxAVX512(&a)
	default:
		poolMaxAVX2(&a)
	}
}
