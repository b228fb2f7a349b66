package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages, which Linux by default gives to those who ask.
// It is only a hint: memory that stays on small pages works as well.
func adviseHuge(s []float32) {
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*len(s)), unix.MADV_HUGEPAGE)
}
