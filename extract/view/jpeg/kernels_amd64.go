//go:build amd64 && !purego

package jpeg

import "golang.org/x/sys/cpu"

// useAVX2 reports whether the CPU has AVX2 and the operating system saves its
// registers; x/sys/cpu checks both.
var useAVX2 = cpu.X86.HasAVX2

// useBMI2 reports whether the CPU has BMI1 and BMI2.
var useBMI2 = cpu.X86.HasBMI1 && cpu.X86.HasBMI2

// The assembly, which folder asm generates. Each function computes what the plain Go
// function of the same name does, for whole vectors of samples.

//go:noescape
func sequentialBlockBMI2(b *bitReader, dc, ac *huffmanTable, blk *int16, prev int32) (pred int32, last int)

//go:noescape
func idctAVX2(dst *uint8, stride int, blk *int16, quant *uint16)

//go:noescape
func ycbcrRowAVX2(dst, y, cb, cr *uint8, n int)

//go:noescape
func upsampleRowH2V1AVX2(dst, src *uint8, n int)

//go:noescape
func upsampleRowH2V2AVX2(dst, near, far *uint8, n int)

//go:noescape
func upsampleRowH1V2AVX2(dst, near, far *uint8, n, bias int)

func (b *bitReader) sequentialBlock(dc, ac *huffmanTable, prev int32, blk *block) (pred int32, hasAC bool) {
	if !useBMI2 || b.pos+padBytes > len(b.buf) {
		return b.sequentialBlockGeneric(dc, ac, prev, blk)
	}
	pred, k := sequentialBlockBMI2(b, dc, ac, &blk[0], prev)
	return pred, k > 1
}

func idct(dst []uint8, stride int, blk *block, quant *[64]uint16) {
	if !useAVX2 {
		idctGeneric(dst, stride, blk, quant)
		return
	}
	_ = dst[7*stride+7]
	idctAVX2(&dst[0], stride, &blk[0], &quant[0])
}

func ycbcrRow(dst, y, cb, cr []uint8) {
	n := len(dst) / 3
	if !useAVX2 || n < 16 {
		ycbcrRowGeneric(dst, y, cb, cr)
		return
	}
	y, cb, cr = y[:n], cb[:n], cr[:n]
	ycbcrRowAVX2(&dst[0], &y[0], &cb[0], &cr[0], n&^15)
	if i := n - 16; n%16 != 0 { // the last 16 pixels, some of them once more
		ycbcrRowAVX2(&dst[3*i], &y[i], &cb[i], &cr[i], 16)
	}
}

// The filters write up to 30 bytes beyond the row and read up to 16 beyond it, both
// within the margins.

func upsampleRowH2V1(dst, src []uint8, n int) {
	if !useAVX2 {
		upsampleRowH2V1Generic(dst, src, n)
		return
	}
	_, _ = dst[2*n+margin/2-1], src[2*margin+n-1]
	upsampleRowH2V1AVX2(&dst[0], &src[margin], n)
}

func upsampleRowH2V2(dst, near, far []uint8, n int) {
	if !useAVX2 {
		upsampleRowH2V2Generic(dst, near, far, n)
		return
	}
	_, _, _ = dst[2*n+margin/2-1], near[2*margin+n-1], far[2*margin+n-1]
	upsampleRowH2V2AVX2(&dst[0], &near[margin], &far[margin], n)
}

func upsampleRowH1V2(dst, near, far []uint8, n, bias int) {
	if !useAVX2 {
		upsampleRowH1V2Generic(dst, near, far, n, bias)
		return
	}
	_, _, _ = dst[n+margin/2-1], near[2*margin+n-1], far[2*margin+n-1]
	upsampleRowH1V2AVX2(&dst[0], &near[margin], &far[margin], n, bias)
}
