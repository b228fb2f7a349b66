package jpeg

// The inverse DCT is libjpeg's "islow" (Loeffler, Ligtenberg and Moschytz,
// ICASSP 1989: 12 multiplications a pass) with constants of 13 fractional bits,
// in the arithmetic of libjpeg-turbo's x86 code: 16-bit products of coefficient
// and quantiser, 32-bit sums, and 16 bits between the passes. For every file an
// encoder writes this is the same as libjpeg's own C code; for coefficients far
// out of range, found in damaged files only, it says what the overflow gives.
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
	var work [64]int16
	acRows := int16(0)
	for i := range work {
		work[i] = blk[i] * int16(quant[i])
		if i >= 8 {
			acRows |= blk[i]
		}
	}
	if acRows == 0 {
		// Every column is constant. Unlike idct1D this wraps on overflow.
		for x := range 8 {
			v := work[x] << pass1Bits
			for y := range 8 {
				work[8*y+x] = v
			}
		}
	} else {
		for x := range 8 {
			idct1D(work[x:], 8, shiftPass1)
		}
	}
	for y := range 8 {
		row := work[8*y : 8*y+8]
		idct1D(row, 1, shiftPass2)
		out := dst[y*stride : y*stride+8]
		for x := range out {
			out[x] = uint8(min(max(row[x], -128), 127) + 128)
		}
	}
}

// idct1D transforms eight values in place, step apart, and rounds away shift
// fractional bits.
func idct1D(v []int16, step int, shift uint) {
	v0, v1, v2, v3 := v[0], v[step], v[2*step], v[3*step]
	v4, v5, v6, v7 := v[4*step], v[5*step], v[6*step], v[7*step]

	// Even part.
	t2 := int32(v2)*fix0541 + int32(v6)*(fix0541-fix1847)
	t3 := int32(v2)*(fix0541+fix0765) + int32(v6)*fix0541
	t0 := int32(v0+v4) << constBits
	t1 := int32(v0-v4) << constBits
	t10, t13 := t0+t3, t0-t3
	t11, t12 := t1+t2, t1-t2

	// Odd part. The two sums of inputs wrap at 16 bits.
	s3, s4 := int32(v7+v3), int32(v5+v1)
	z3 := s3*(fix1175-fix1961) + s4*fix1175
	z4 := s3*fix1175 + s4*(fix1175-fix0390)
	o0 := int32(v7)*(fix0298-fix0899) - int32(v1)*fix0899 + z3
	o1 := int32(v5)*(fix2053-fix2562) - int32(v3)*fix2562 + z4
	o2 := int32(v3)*(fix3072-fix2562) - int32(v5)*fix2562 + z3
	o3 := int32(v1)*(fix1501-fix0899) - int32(v7)*fix0899 + z4

	half := int32(1) << (shift - 1)
	v[0] = saturate16((t10 + o3 + half) >> shift)
	v[7*step] = saturate16((t10 - o3 + half) >> shift)
	v[step] = saturate16((t11 + o2 + half) >> shift)
	v[6*step] = saturate16((t11 - o2 + half) >> shift)
	v[2*step] = saturate16((t12 + o1 + half) >> shift)
	v[5*step] = saturate16((t12 - o1 + half) >> shift)
	v[3*step] = saturate16((t13 + o0 + half) >> shift)
	v[4*step] = saturate16((t13 - o0 + half) >> shift)
}

func saturate16(v int32) int16 { return int16(min(max(v, -1<<15), 1<<15-1)) }

// idctDC is idctGeneric for a block whose AC coefficients are all zero.
func idctDC(dst []uint8, stride int, dc int16, quant uint16) {
	v := int32(dc * int16(quant) << pass1Bits)
	v = (v + 1<<(shiftPass2-constBits-1)) >> (shiftPass2 - constBits)
	s := uint8(min(max(v, -128), 127) + 128)
	for y := range 8 {
		row := dst[y*stride : y*stride+8]
		for x := range row {
			row[x] = s
		}
	}
}
