package graph

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// float32s decodes a float tensor into float32, rounding doubles and widening
// halves; false when it holds something else. The caller owns the result.
func (t *tensor) float32s() ([]float32, bool) {
	if t.reals != nil {
		return append([]float32(nil), t.reals...), true
	}
	if !t.typ.isFloat() {
		return nil, false
	}
	out := make([]float32, t.len())
	src := t.raw
	if len(src) == 0 {
		src = t.text
	}
	switch {
	case t.typ == float32Type:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case t.typ == float64Type:
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
		}
	case len(t.raw) > 0:
		for i := range out {
			out[i] = halfToFloat32(binary.LittleEndian.Uint16(src[2*i:]))
		}
	default: // halves in int32_data
		for i := range out {
			v, n := protowire.ConsumeVarint(src)
			if n < 0 {
				return nil, false
			}
			out[i], src = halfToFloat32(uint16(v)), src[n:]
		}
	}
	return out, true
}

// halfToFloat32 widens an IEEE 754 half, exactly.
func halfToFloat32(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp := uint32(h >> 10 & 0x1f)
	frac := uint32(h & 0x3ff)
	switch exp {
	case 0: // zero or subnormal: frac · 2⁻²⁴
		f := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}
