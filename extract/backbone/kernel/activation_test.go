package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

func TestActivations(t *testing.T) {
	inf := math.Inf(1)
	for _, x := range []float64{0, 1, -1, 0.3, -0.7, 5, -5, 20, -20, 88, -88, -103, 700, -700, 1e9, -1e9, inf, -inf} {
		s := 1 / (1 + math.Exp(-x))
		silu := x * s
		if math.IsInf(x, -1) {
			silu = 0
		}
		for name, got := range map[string][2]float64{
			"sigmoid":     {float64(Sigmoid(float32(x))), 1 / (1 + math.Exp(-float64(float32(x))))},
			"silu":        {float64(SiLU(float32(x))), float64(float32(x)) * silu / x},
			"hardsigmoid": {float64(HardSigmoid(float32(x), 0.2, 0.5)), min(max(0.2*x+0.5, 0), 1)},
			"hardswish":   {float64(HardSwish(float32(x))), x * min(max(x/6+0.5, 0), 1)},
		} {
			if name == "silu" && (x == 0 || math.IsInf(x, 0)) || name == "hardswish" && math.IsInf(x, -1) {
				continue // 0/0 in the expected value; checked below
			}
			if !(math.Abs(got[0]-got[1]) <= 2e-7*math.Abs(got[1])+1e-37) && got[0] != got[1] {
				t.Errorf("%s(%v) is %v, want %v", name, x, got[0], got[1])
			}
		}
	}
	for x := -float64(expLimit); x <= expLimit; x += 0.0037 {
		if got, want := expNeg(x), math.Exp(-x); math.Abs(got-want) > 5e-16*want {
			t.Fatalf("expNeg(%v) is %v, want %v", x, got, want)
		}
	}
	if SiLU(0) != 0 || SiLU(-inf32) != 0 || SiLU(inf32) != inf32 || !math.IsNaN(float64(Sigmoid(float32(math.NaN())))) {
		t.Error("special values of sigmoid and SiLU are wrong")
	}
}

// series is e^x by the Taylor polynomial of degree 13, with which Numerics began.
func series(x float64) float64 {
	switch {
	case x > 709:
		return math.Inf(1)
	case x < -708:
		return 0
	}
	k := math.Floor(float64(x*1.4426950408889634) + 0.5)
	r := x - float64(k*0x1.62e42feep-1)
	r -= float64(k * 1.9082149292705877e-10)
	p := 1.0
	for n := 13; n >= 1; n-- {
		p = 1 + float64(p*r)/float64(n)
	}
	return p * math.Float64frombits(uint64(int64(k)+1023)<<52)
}

// TestSigmoidAsEver holds sigmoid and SiLU to the bits of the series that they were
// computed by at first. With a stride of 1 it takes minutes, and passed.
func TestSigmoidAsEver(t *testing.T) {
	const stride = 49999
	inf := math.Float32bits(float32(math.Inf(1)))
	for bits := uint32(0); bits <= inf; bits += stride {
		for _, sign := range []uint32{0, 1 << 31} {
			x := math.Float32frombits(bits | sign)
			e := series(-float64(x))
			if got, want := Sigmoid(x), float32(1/(1+e)); math.Float32bits(got) != math.Float32bits(want) {
				t.Errorf("sigmoid(%x) is %x, want %x", x, got, want)
			}
			if got, want := SiLU(x), float32(float64(x)/(1+e)); math.Float32bits(got) != math.Float32bits(want) {
				t.Errorf("SiLU(%x) is %x, want %x", x, got, want)
			}
		}
	}
}

// TestMap compares the levels, where rows and channels end, in place, and at the
// numbers that are special.
func TestMap(t *testing.T) {
	functions := map[string]struct {
		row Function
		at  func(float32) float32
	}{
		"sigmoid":      {SigmoidRow, Sigmoid},
		"SiLU":         {SiLURow, SiLU},
		"hard sigmoid": {HardSigmoidRow(0.3, 0.4), func(x float32) float32 { return HardSigmoid(x, 0.3, 0.4) }},
		"hard swish":   {HardSwishRow, HardSwish},
		"square":       {FunctionOf(func(x float32) float32 { return x * x }), func(x float32) float32 { return x * x }},
	}
	inf := float32(math.Inf(1))
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, inf, -inf, 0x1p-149, -0x1p-149, 88, -88, 103.9, -103.9, -104.1, 250, -250,
		math.MaxFloat32, -math.MaxFloat32, 3, -3, 0x1p-30}
	rng := rand.New(rand.NewPCG(3, 4))
	for name, f := range functions {
		in := Layout{C: 37, H: 3, W: 5, Top: 1, Rows: 5, Cols: 6}
		a := make([]float32, in.Len())
		for c := range in.C {
			for y := range in.H {
				for x := range in.W {
					v := special[rng.IntN(len(special))]
					if rng.IntN(2) == 0 {
						v = 20*rng.Float32() - 10
					}
					a[in.Offset(c/Lanes, y, x)+c%Lanes] = v
				}
			}
		}
		for _, level := range simd.Levels() {
			for _, out := range []Layout{in, {C: 37, H: 3, W: 5, Left: 2, Rows: 3, Cols: 7}} {
				dst, intact := guarded(out.Len())
				src := a
				if out == in {
					copy(dst, a)
					src = dst
				}
				m := Map{In: in, Out: out, F: f.row}
				for part := range 3 {
					m.Run(level, dst, src, Share{Part: part, Parts: 3})
				}
				if !intact() {
					t.Fatalf("%s: %v wrote outside its output", name, level)
				}
				want := make([]float32, out.Len())
				for c := range in.C {
					for y := range in.H {
						for x := range in.W {
							want[out.Offset(c/Lanes, y, x)+c%Lanes] = f.at(a[in.Offset(c/Lanes, y, x)+c%Lanes])
						}
					}
				}
				for i := range want {
					if want[i] != want[i] && dst[i] != dst[i] {
						want[i], dst[i] = 0, 0 // which NaN it is differs between processors
					}
				}
				sameBits(t, level, dst, want)
			}
			nan := rowOf(float32(math.NaN()))
			f.row(level, nan, nan)
			for _, v := range nan {
				if v == v {
					t.Errorf("%s: %v makes a number of NaN", name, level)
				}
			}
		}
	}
}

func rowOf(x float32) []float32 {
	v := make([]float32, Lanes)
	for i := range v {
		v[i] = x
	}
	return v
}

// BenchmarkMap is a row of 56 pixels.
func BenchmarkMap(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	v, out := draw(rng, 56*Lanes), make([]float32, 56*Lanes)
	for name, f := range map[string]Function{"sigmoid": SigmoidRow, "SiLU": SiLURow, "hardswish": HardSwishRow} {
		for _, level := range simd.Levels() {
			b.Run(name+"/"+level.String(), func(b *testing.B) {
				b.SetBytes(int64(4 * len(v)))
				for b.Loop() {
					f(level, out, v)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*len(v)), "ns/element")
			})
		}
	}
}
