//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func (d *Direct) runPanel(_ simd.Level, dst, src, res []float32, pixels []pixel, _ int, p *panel) {
	d.directGeneric(dst, src, res, pixels, p)
}

func (d *Direct) runMatrix(simd.Level, []float32, []float32, []float32, *Pixels, int, Share) bool {
	return false
}
