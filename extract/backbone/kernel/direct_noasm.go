//go:build !amd64 || purego

package kernel

func (d *Direct) runPanel(_ Level, dst, src, res []float32, pixels []pixel, p *panel) {
	d.directGeneric(dst, src, res, pixels, p)
}
