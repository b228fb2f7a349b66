//go:build !amd64 || purego

package jpeg

func (b *bitReader) sequentialBlock(dc, ac *huffmanTable, prev int32, blk *block) (pred int32, hasAC bool) {
	return b.sequentialBlockGeneric(dc, ac, prev, blk)
}

func idct(dst []uint8, stride int, blk *block, quant *[64]uint16) {
	idctGeneric(dst, stride, blk, quant)
}

func ycbcrRow(dst, y, cb, cr []uint8) { ycbcrRowGeneric(dst, y, cb, cr) }

func upsampleRowH2V1(dst, src []uint8, n int) { upsampleRowH2V1Generic(dst, src, n) }

func upsampleRowH2V2(dst, near, far []uint8, n int) { upsampleRowH2V2Generic(dst, near, far, n) }

func upsampleRowH1V2(dst, near, far []uint8, n, bias int) {
	upsampleRowH1V2Generic(dst, near, far, n, bias)
}
