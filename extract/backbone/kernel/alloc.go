package kernel

import "unsafe"

// hugePage is the size of a large memory page. A worker reads its activations and the
// model's weights many times; on pages of 4 KiB they need more address translations than
// the CPU keeps.
const hugePage = 2 << 20

// Alloc returns a zeroed slice that starts on a cache line. If it is large and the system
// has huge pages, it lies on them.
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
