//go:build !amd64 || purego

package kernel

func affineRow(_ Level, out, in, scale, shift []float32, lo, hi float32) {
	affineRowGeneric(out, in, scale, shift, lo, hi)
}

func addRow(_ Level, out, a, b []float32, lo, hi float32) { addRowGeneric(out, a, b, lo, hi) }
