//go:build amd64 && !purego

package winograd

import "featurecache/extract/backbone/kernel"

// rearrangeArgs: eight pixels or more, each with two columns of six rows.
type rearrangeArgs struct {
	dst    *float32
	rows   [2 * stemChannels]*float32
	pixels int
}

func newRearrangeArgs(dst []float32, rows *stemRows, from, to int) rearrangeArgs {
	a := rearrangeArgs{dst: &dst[from*kernel.Lanes], pixels: to - from}
	for k, row := range rows {
		a.rows[k] = &row[stemStride*from-stemKernel/2]
	}
	return a
}

func rearrangeAVX512(dst []float32, rows *stemRows, from, to int) {
	a := newRearrangeArgs(dst, rows, from, to)
	stemAVX512(&a)
}

func rearrangeAVX2(dst []float32, rows *stemRows, from, to int) {
	a := newRearrangeArgs(dst, rows, from, to)
	stemAVX2(&a)
}

// These are [rearrangeGeneric].

//go:noescape
func stemAVX512(a *rearrangeArgs)

//go:noescape
func stemAVX2(a *rearrangeArgs)
