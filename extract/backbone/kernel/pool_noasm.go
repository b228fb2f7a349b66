//go:build !amd64 || purego

package kernel

func (p *Pool) row(_ Level, out, in []float32, y int) { p.rowGeneric(out, in, y) }
