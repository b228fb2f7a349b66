package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"featurecache/simd"
)

// TestActivations compares with float64. Sigmoid and SiLU stay where they are below
// −expLimit.
func TestActivations(t *testing.T) {
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-max(x, -expLimit))) }
	for x := float32(-100); x <= 100; x += 0.0037 {
		v := float64(x)
		for name, f := range map[string][2]float64{
			"sigmoid":     {float64(Sigmoid(x)), sigmoid(v)},
			"silu":        {float64(SiLU(x)), max(v, -expLimit) * sigmoid(v)},
			"hardsigmoid": {float64(HardSigmoid(x, 0.2, 0.5)), min(max(0.2*v+0.5, 0), 1)},
			"hardswish":   {float64(HardSwish(x)), v * min(max(v/6+0.5, 0), 1)},
		} {
			if got, want := f[0], f[1]; !(math.Abs(got-want) <= 2.5e-7*math.Abs(want)+1e-37) && !(name[0] == 'h' && math.Abs(got-want) < 2e-7) {
				t.Fatalf("%s(%v) is %v, want %v", name, x, got, want)
			}
		}
		if math.Abs(v) > expLimit {
			continue
		}
		if got, want := float64(expNeg(x)), math.Exp(-v); math.Abs(got-want) > 1.5e-7*want {
			t.Fatalf("expNeg(%v) is %v, want %v", x, got, want)
		}
	}
	for _, c := range []struct {
		name      string
		got, want float32
	}{
		{"sigmoid(0)", Sigmoid(0), 0.5}, {"sigmoid(∞)", Sigmoid(inf32), 1}, {"sigmoid(−∞)", Sigmoid(-inf32), Sigmoid(-expLimit)},
		{"silu(0)", SiLU(0), 0}, {"silu(∞)", SiLU(inf32), inf32}, {"silu(−∞)", SiLU(-inf32), SiLU(-expLimit)},
		{"silu of the least", SiLU(-math.MaxFloat32), SiLU(-expLimit)}, {"silu of the greatest", SiLU(math.MaxFloat32), math.MaxFloat32},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	if !(Sigmoid(-expLimit) < 0x1p-125) || !(SiLU(-expLimit) > -0x1p-118) {
		t.Errorf("sigmoid and SiLU of the limit are %v and %v", Sigmoid(-expLimit), SiLU(-expLimit))
	}
}

// TestMap compares the levels, where rows and channels end, in place, and at the
// numbers that are special.
func TestMap(t *testing.T) {
	type function struct {
		row Function
		at  func(float32) float32
	}
	functions := map[string]function{
		"sigmoid":      {SigmoidRow, Sigmoid},
		"SiLU":         {SiLURow, SiLU},
		"hard sigmoid": {HardSigmoidRow(0.3, 0.4), func(x float32) float32 { return HardSigmoid(x, 0.3, 0.4) }},
		"hard swish":   {HardSwishRow, HardSwish},
		"square":       {FunctionOf(func(x float32) float32 { return x * x }), func(x float32) float32 { return x * x }},
	}
	for _, f := range functionCases {
		functions[f.name] = function{f.row, f.at}
	}
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, inf, -inf, 0x1p-149, -0x1p-149, 88, -88, 103.9, -103.9, -104.1, 250, -250,
		math.MaxFloat32, -math.MaxFloat32, 3, -3, 0x1p-30}
	rng := rand.New(rand.NewPCG(3, 4))
	for name, f := range functions {
		for _, in := range []Layout{{C: 37, H: 3, W: 7, Top: 1, Rows: 5, Cols: 8}, {C: 37, H: 3, W: 7, Top: 1, Rows: 4, Cols: 7}} {
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
				for _, out := range []Layout{in, {C: 37, H: 3, W: 7, Left: 2, Rows: 3, Cols: 9}} {
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
	for _, f := range []struct {
		name string
		row  Function
	}{
		{"sigmoid", SigmoidRow}, {"SiLU", SiLURow}, {"Swish", SwishRow(1.702)}, {"GELU", GELURow}, {"GELUTanh", GELUTanhRow},
		{"Exp", ExpRow}, {"Erf", ErfRow}, {"Tanh", TanhRow}, {"hardswish", HardSwishRow},
	} {
		for _, level := range simd.Levels() {
			b.Run(f.name+"/"+level.String(), func(b *testing.B) {
				b.SetBytes(int64(4 * len(v)))
				for b.Loop() {
					f.row(level, out, v)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*len(v)), "ns/element")
			})
		}
	}
}
