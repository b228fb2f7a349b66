package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A tile is the sums that a micro-kernel keeps in registers: rows, of pixels or queries, by
// vectors of outputs.
type tile struct {
	*build.Context
	file registerFile
	rows int
	nv   int // vectors of outputs, of a block of 16 each; under AVX2 two make one block
}

// acc is the accumulator of a row's v-th vector.
func (t tile) acc(p, v int) reg.VecPhysical { return t.file.v[p*t.nv+v] }

// spare is the i-th register that accumulates nothing.
func (t tile) spare(i int) reg.VecPhysical { return t.file.v[t.rows*t.nv+i] }

// pair reports whether the vectors belong to two blocks.
func (t tile) pair() bool { return t.file.size == 64 && t.nv == 2 }

// zero sets the sums to zero.
func (t tile) zero() {
	for p := range t.rows {
		for v := range t.nv {
			if r := t.acc(p, v); t.file.size == 64 {
				t.VPXORD(r, r, r)
			} else {
				t.VXORPS(r, r, r)
			}
		}
	}
}

// weight is the register of the v-th vector of the i-th input's weights. Under AVX-512 they
// alternate, so that loads run ahead.
func (t tile) weight(i, v int) reg.VecPhysical {
	if t.file.size == 64 {
		return t.spare(2*(i%2) + v)
	}
	return t.spare(v)
}

// loadWeights loads the weights of the i-th input.
func (t tile) loadWeights(i int, from func(v int) operand.Mem) {
	for v := range t.nv {
		t.VMOVUPS(from(v), t.weight(i, v))
	}
}

// addProducts adds the products of the i-th input to all sums, once its weights are loaded.
func (t tile) addProducts(i int, in func(p int) operand.Mem) {
	for p := range t.rows {
		if t.nv == 1 {
			t.VFMADD231PS_BCST(in(p), t.weight(i, 0), t.acc(p, 0))
			continue
		}
		b := t.spare(2 + p%2)
		if t.file.size == 64 {
			b = t.spare(4 + p%4)
		}
		t.VBROADCASTSS(in(p), b)
		for v := range t.nv {
			t.VFMADD231PS(t.weight(i, v), b, t.acc(p, v))
		}
	}
}

// vector is where the v-th vector of the outputs at a pointer lies: the other half of the
// block, or in the next block, step bytes on.
func (t tile) vector(pointer, step reg.GPPhysical, v int) operand.Mem {
	switch {
	case v == 0:
		return at(pointer, 0)
	case t.file.size == 32:
		return at(pointer, 32)
	}
	return operand.Mem{Base: pointer, Index: step, Scale: 1}
}

// packedWeights is where the v-th vector of the i-th input's weights lies, a block's at first
// and the next block's at second.
func (t tile) packedWeights(first, second reg.GPPhysical, i, v int) operand.Mem {
	switch {
	case v == 0:
		return at(first, 64*i)
	case t.file.size == 32:
		return at(first, 64*i+32)
	}
	return at(second, 64*i)
}
