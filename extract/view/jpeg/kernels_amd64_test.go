//go:build amd64 && !purego

package jpeg

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// guard is what surrounds the part of a buffer that may be written.
const guard = 0xA5

func guarded(n int) []uint8 { return bytes.Repeat([]byte{guard}, n) }

func randomBytes(r *rand.Rand, n int) []uint8 {
	b := make([]uint8, n)
	for i := range b {
		b[i] = uint8(r.Uint32() >> 8)
		if r.IntN(8) == 0 {
			b[i] = []uint8{0, 255}[r.IntN(2)]
		}
	}
	return b
}

// randomBlock fills a block with coefficients of various sizes and sparsity.
func randomBlock(r *rand.Rand) (blk block) {
	bits, density := r.IntN(17), r.IntN(65)
	for i := range blk {
		if r.IntN(64) < density {
			blk[i] = int16(r.Uint32()) >> (16 - min(bits, 15))
		}
	}
	if r.IntN(4) == 0 { // only the first row, or only DC
		clear(blk[1+7*r.IntN(2):])
	}
	return blk
}

func TestInverseDCTMatchesPlainGo(t *testing.T) {
	if !useAVX2 {
		t.Skip("this machine has no AVX2")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 20000 {
		blk := randomBlock(r)
		var quant [64]uint16
		for i := range quant {
			quant[i] = uint16(1 + r.IntN(1<<r.IntN(17)))
		}
		stride := 8 + r.IntN(40)
		want, got := guarded(8*stride), guarded(8*stride)
		idctGeneric(want, stride, &blk, &quant)
		idctAVX2(&got[0], stride, &blk[0], &quant[0])
		if !bytes.Equal(got, want) {
			t.Fatalf("block %d: coefficients %v, quantisers %v: got %v, want %v", n, blk, quant, got, want)
		}
		if slices.Max(blk[1:]) == 0 && slices.Min(blk[1:]) == 0 {
			idctDC(got, stride, blk[0], quant[0])
			if !bytes.Equal(got, want) {
				t.Fatalf("block %d: DC %d × %d: idctDC gave %d, want %d", n, blk[0], quant[0], got[0], want[0])
			}
		}
	}
}

func TestColourMatchesPlainGo(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= 200; n++ {
		y, cb, cr := randomBytes(r, n), randomBytes(r, n), randomBytes(r, n)
		want, got := guarded(3*n+8), guarded(3*n+8)
		ycbcrRowGeneric(want[:3*n], y, cb, cr)
		ycbcrRow(got[:3*n], y, cb, cr)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d pixels differ", n)
		}
	}
}

// Every pair of chroma values, at three levels of brightness.
func TestColourOfAllChroma(t *testing.T) {
	var cb, cr, y [256]uint8
	for i := range cb {
		cb[i] = uint8(i)
	}
	want, got := make([]uint8, 3*256), make([]uint8, 3*256)
	for _, light := range []uint8{0, 100, 255} {
		for v := range 256 {
			for i := range y {
				y[i], cr[i] = light, uint8(v)
			}
			ycbcrRowGeneric(want, y[:], cb[:], cr[:])
			ycbcrRow(got, y[:], cb[:], cr[:])
			if !bytes.Equal(got, want) {
				t.Fatalf("Y %d, Cr %d differ", light, v)
			}
		}
	}
}

func TestUpsamplingMatchesPlainGo(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := 1; n <= 200; n++ {
		near, far := randomBytes(r, n+2*margin), randomBytes(r, n+2*margin)
		for _, filter := range []struct {
			name      string
			size      int
			want, got func(dst []uint8)
		}{
			{"h2v1", 2 * n, func(dst []uint8) { upsampleRowH2V1Generic(dst, near, n) },
				func(dst []uint8) { upsampleRowH2V1(dst, near, n) }},
			{"h2v2", 2 * n, func(dst []uint8) { upsampleRowH2V2Generic(dst, near, far, n) },
				func(dst []uint8) { upsampleRowH2V2(dst, near, far, n) }},
			{"h1v2 upper", n, func(dst []uint8) { upsampleRowH1V2Generic(dst, near, far, n, 1) },
				func(dst []uint8) { upsampleRowH1V2(dst, near, far, n, 1) }},
			{"h1v2 lower", n, func(dst []uint8) { upsampleRowH1V2Generic(dst, near, far, n, 2) },
				func(dst []uint8) { upsampleRowH1V2(dst, near, far, n, 2) }},
		} {
			want, got := guarded(filter.size+2*margin), guarded(filter.size+2*margin)
			filter.want(want)
			filter.got(got[:filter.size+margin])
			if !bytes.Equal(got[:filter.size], want[:filter.size]) {
				t.Fatalf("%s: %d samples differ", filter.name, n)
			}
			// Up to half a margin more may be written, but no further.
			if end := filter.size + margin/2; !bytes.Equal(got[end:], want[end:]) {
				t.Fatalf("%s: %d samples: written beyond the margin", filter.name, n)
			}
		}
	}
}

// Random bits are valid and invalid codes of all lengths, and blocks that run
// over.
func TestBlockDecodingMatchesPlainGo(t *testing.T) {
	if !useBMI2 {
		t.Skip("this machine has no BMI2")
	}
	r := rand.New(rand.NewPCG(7, 8))
	var d Decoder
	d.defineStandardTables()
	for class := range 2 {
		for slot := range 2 {
			if err := d.huffman[class][slot].derive([2]byte{15, 255}[class]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := range 20000 {
		slot := n % 2
		dc, ac := &d.huffman[0][slot], &d.huffman[1][slot]
		buf := randomBytes(r, 2*padBytes)
		plain := bitReader{buf: buf, size: len(buf)}
		plain.refill()
		plain.skip(uint(r.IntN(57)))
		fast := plain
		prev := int32(r.Uint32())
		want := randomBlock(r)
		got := want
		wantPred, wantAC := plain.sequentialBlockGeneric(dc, ac, prev, &want)
		gotPred, last := sequentialBlockBMI2(&fast, dc, ac, &got[0], prev)
		if got != want || gotPred != wantPred || last > 1 != wantAC {
			t.Fatalf("block %d: got %v, DC %d, AC %v; want %v, DC %d, AC %v", n, got, gotPred, last > 1, want, wantPred, wantAC)
		}
		if fast.used() != plain.used() || fast.acc>>32 != plain.acc>>32 {
			t.Fatalf("block %d: stopped at bit %d, want %d", n, fast.used(), plain.used())
		}
	}
}
