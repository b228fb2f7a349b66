//go:build !amd64 || purego

package kernel

import "featurecache/simd"

func (d *Direct) runPanel(_ simd.Level, dst, src, res []float32, pixels []pixel, _ int, p *panel) {
	d.directGeneric(dst, src, res, pixels, p)
}

func (d *Direct) runMatrix(_ simd.Level, dst, src, res, _ []float32, pixels []pixel, n int, s Share) {
	panic("kernel: no assembly")
}
