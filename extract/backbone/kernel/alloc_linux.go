package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// adviseHuge asks for huge pages, which Linux by default gives only on request. It is a
// hint: memory that stays on small pages works too.
func adviseHuge(s []float32) {
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*len(s)), unix.MADV_HUGEPAGE)
}
