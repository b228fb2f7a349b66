package kernel

import "unsafe"

// hugePage is the size of a large memory page. A worker's activations and a model's
// weights are walked through many times; with pages of 4 KiB they need more
// translations than the CPU keeps.
const hugePage = 2 << 20

// Alloc is a zeroed slice that starts on a cache line, and, where it is large
// and the system has them, on huge pages.
func Alloc(n int) []float32 {
	size := 4 * n
	align := 64
	if size >= hugePage {
		align = hugePage
	}
	all := make([]float32, n+align/4)
	skip := (align - int(uintptr(unsafe.Pointer(&all[0]))%uintptr(align))) % align / 4
	s := all[skip : skip+n : skip+n]
	if align == hugePage {
		adviseHuge(s[:size/hugePage*hugePage/4])
	}
	return s
}
