package jpeg

// The inverse DCT is libjpeg's "islow" (Loeffler, Ligtenberg and Moschytz,
// ICASSP 1989: 12 multiplications a pass) with constants of 13 fractional bits,
// in the arithmetic of libjpeg-turbo's x86 code: 16-bit products of coefficient
// and quantiser, 32-bit sums, and 16 bits between the passes. For every file an
// encoder writes, this equals libjpeg's own C code. It differs only in what overflow
// gives, for coefficients far out of range as in damaged files.
const (
	fix0298 = 2446  // 0.298631336 << 13
	fix0390 = 3196  // 0.390180644
	fix0541 = 4433  // 0.541196100
	fix0765 = 6270  // 0.765366865
	fix0899 = 7373  // 0.899976223
	fix1175 = 9633  // 1.175875602
	fix1501 = 12299 // 1.501321110
	fix1847 = 15137 // 1.847759065
	fix1961 = 16069 // 1.961570560
	fix2053 = 16819 // 2.053119869
	fix2562 = 20995 // 2.562915447
	fix3072 = 25172 // 3.072711026

	constBits  = 13
	pass1Bits  = 2 // extra fractional bits kept between the passes
	shiftPass1 = constBits - pass1Bits
	shiftPass2 = constBits + pass1Bits + 3
)

// idctGeneric dequantises a block, transforms it and writes 8×8 samples to dst,
// whose rows are stride bytes apart. It defines what the assembly computes.
func idctGeneric(dst []uint8, stride int, blk *block, quant *[64]uint16) {
	var w [64]int16
	acRows := int16(0)
	for i := range w {
		w[i] = blk[i] * int16(quant[i])
		if i >= 8 {
			acRows |= blk[i]
		}
	}
	if acRows == 0 {
		// Every column is constant. Unlike the general pass this wraps on overflow.
		for x := range 8 {
			v := w[x] << pass1Bits
			for y := range 8 {
				w[8*y+x] = v
			}
		}
	} else {
		idctColumns(&w)
	}
	for y := range 8 {
		idctRow((*[8]uint8)(dst[y*stride:]), (*[8]int16)(w[8*y:]))
	}
}

// idctColumns is the first pass, in place.
func idctColumns(w *[64]int16) {
	for x := range 8 {
		if w[8+x]|w[16+x]|w[24+x]|w[32+x]|w[40+x]|w[48+x]|w[56+x] == 0 {
			v := saturate16(int32(w[x]) << pass1Bits)
			for y := range 8 {
				w[8*y+x] = v
			}
			continue
		}
		t10, t11, t12, t13 := idctEven(w[x], w[16+x], w[32+x], w[48+x], 1<<(shiftPass1-1))
		o0, o1, o2, o3 := idctOdd(w[8+x], w[24+x], w[40+x], w[56+x])
		w[x] = saturate16((t10 + o3) >> shiftPass1)
		w[56+x] = saturate16((t10 - o3) >> shiftPass1)
		w[8+x] = saturate16((t11 + o2) >> shiftPass1)
		w[48+x] = saturate16((t11 - o2) >> shiftPass1)
		w[16+x] = saturate16((t12 + o1) >> shiftPass1)
		w[40+x] = saturate16((t12 - o1) >> shiftPass1)
		w[24+x] = saturate16((t13 + o0) >> shiftPass1)
		w[32+x] = saturate16((t13 - o0) >> shiftPass1)
	}
}

// idctRow is the second pass, for one row, with the samples' offset of 128.
func idctRow(dst *[8]uint8, v *[8]int16) {
	t10, t11, t12, t13 := idctEven(v[0], v[2], v[4], v[6], 1<<(shiftPass2-1))
	o0, o1, o2, o3 := idctOdd(v[1], v[3], v[5], v[7])
	dst[0] = sample((t10 + o3) >> shiftPass2)
	dst[7] = sample((t10 - o3) >> shiftPass2)
	dst[1] = sample((t11 + o2) >> shiftPass2)
	dst[6] = sample((t11 - o2) >> shiftPass2)
	dst[2] = sample((t12 + o1) >> shiftPass2)
	dst[5] = sample((t12 - o1) >> shiftPass2)
	dst[3] = sample((t13 + o0) >> shiftPass2)
	dst[4] = sample((t13 - o0) >> shiftPass2)
}

// idctEven transforms the even inputs and adds half of what the caller will shift
// out.
func idctEven(v0, v2, v4, v6 int16, half int32) (t10, t11, t12, t13 int32) {
	t2 := int32(v2)*fix0541 + int32(v6)*(fix0541-fix1847)
	t3 := int32(v2)*(fix0541+fix0765) + int32(v6)*fix0541
	t0 := int32(v0+v4)<<constBits + half // the sums of inputs wrap at 16 bits
	t1 := int32(v0-v4)<<constBits + half
	return t0 + t3, t1 + t2, t1 - t2, t0 - t3
}

// idctOdd transforms the odd inputs.
func idctOdd(v1, v3, v5, v7 int16) (o0, o1, o2, o3 int32) {
	s3, s4 := int32(v7+v3), int32(v5+v1) // these sums too
	z3 := s3*(fix1175-fix1961) + s4*fix1175
	z4 := s3*fix1175 + s4*(fix1175-fix0390)
	o0 = int32(v7)*(fix0298-fix0899) - int32(v1)*fix0899 + z3
	o1 = int32(v5)*(fix2053-fix2562) - int32(v3)*fix2562 + z4
	o2 = int32(v3)*(fix3072-fix2562) - int32(v5)*fix2562 + z3
	o3 = int32(v1)*(fix1501-fix0899) - int32(v7)*fix0899 + z4
	return o0, o1, o2, o3
}

func saturate16(v int32) int16 {
	if v != int32(int16(v)) {
		return int16(v>>31 ^ 0x7FFF)
	}
	return int16(v)
}

// sample saturates a value about zero and moves it to 0–255.
func sample(v int32) uint8 {
	v += 128
	if uint32(v) > 255 {
		return uint8(^v >> 31)
	}
	return uint8(v)
}

// idctDC is idctGeneric for a block whose AC coefficients are all zero.
func idctDC(dst []uint8, stride int, dc int16, quant uint16) {
	v := int32(dc * int16(quant) << pass1Bits)
	v = (v + 1<<(shiftPass2-constBits-1)) >> (shiftPass2 - constBits)
	s := sample(v)
	for y := range 8 {
		row := dst[y*stride : y*stride+8]
		for x := range row {
			row[x] = s
		}
	}
}
