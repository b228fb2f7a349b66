package kernel

import (
	"flag"
	"math"
	"testing"

	"featurecache/simd"
)

var dense = flag.Uint("dense", 30011, "measure functions at every n-th float32")

// functionCases are the functions with their rows and exact values, and how far they may
// be from those at worst. The bounds are what a run with -dense=61 measured, rounded up.
var functionCases = []struct {
	name  string
	row   Function
	at    func(float32) float32
	exact func(float64) float64
	ulp   float64             // bound in units of the exact value's last place, for all x
	bound []functionBound     // or bounds by range
	far   map[float32]float32 // values at the ends
}{
	{name: "Exp", row: ExpRow, at: Exp, exact: math.Exp, ulp: 0.93, far: map[float32]float32{inf: inf, -inf: 0, 88.8: inf, -104: 0, 0: 1}},
	{name: "Erf", row: ErfRow, at: Erf, exact: math.Erf, ulp: 6.1, far: map[float32]float32{inf: 1, -inf: -1, 4: 1, -4: -1, 0: 0}},
	{name: "Tanh", row: TanhRow, at: Tanh, exact: math.Tanh, ulp: 5.5, far: map[float32]float32{inf: 1, -inf: -1, 9.1: 1, -9.1: -1, 0: 0}},
	{
		name: "GELU", row: GELURow, at: GELU, exact: gelu64,
		bound: []functionBound{{0, inf, 2.9e-7, 0}, {-1.6, 0, 5.2e-7, 0}, {-inf, 0, 0, 7e-8}},
		far:   map[float32]float32{inf: inf, -inf: 0, -8: 0, -math.MaxFloat32: 0, math.MaxFloat32: math.MaxFloat32, 6: 6, 1e-30: 5e-31},
	},
	{
		name: "GELUTanh", row: GELUTanhRow, at: GELUTanh, exact: geluTanh64,
		bound: []functionBound{{-1, inf, 2.5e-7, 0}, {-8, -1, 6e-6, 0}, {-inf, 0, 0, 5e-8}},
		far:   map[float32]float32{inf: inf, math.MaxFloat32: math.MaxFloat32, 6: 6, 1e-30: 5e-31},
	},
	{
		name: "Swish 1.702", row: SwishRow(1.702), at: func(x float32) float32 { return Swish(x, 1.702) },
		exact: func(x float64) float64 { return x / (1 + math.Exp(-float64(float32(1.702))*x)) },
		bound: []functionBound{{-1, inf, 2e-7, 0}, {-50, -1, 4e-6, 0}, {-inf, 0, 0, 4e-8}},
		far:   map[float32]float32{inf: inf, math.MaxFloat32: math.MaxFloat32, 1e-30: 5e-31},
	},
	{
		name: "Swish -0.5", row: SwishRow(-0.5), at: func(x float32) float32 { return Swish(x, -0.5) },
		exact: func(x float64) float64 { return x / (1 + math.Exp(0.5*x)) },
		bound: []functionBound{{-inf, 1, 2e-7, 0}, {1, 150, 4e-6, 0}, {0, inf, 0, 1e-7}},
		far:   map[float32]float32{-inf: -inf, -math.MaxFloat32: -math.MaxFloat32},
	},
}

// A functionBound is how far from exact a function may be between two arguments: within
// relative of the value or within absolute.
type functionBound struct {
	from, to           float32
	relative, absolute float64
}

func gelu64(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) }

func geluTanh64(x float64) float64 {
	return x / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

// TestFunctionAccuracy measures each function at float32 of every size.
func TestFunctionAccuracy(t *testing.T) {
	level := simd.Best()
	for _, f := range functionCases {
		t.Run(f.name, func(t *testing.T) {
			worst, where := make([]float64, len(f.bound)+1), make([]float32, len(f.bound)+1)
			note := func(i int, x float32, e float64) {
				if !(e <= worst[i]) {
					worst[i], where[i] = e, x
				}
			}
			const n = 64 * Lanes
			in, out := make([]float32, n), make([]float32, n)
			step := uint64(*dense)
			for b := uint64(0); b < 1<<32; b += n * step {
				for i := range in {
					in[i] = math.Float32frombits(uint32(min(b+uint64(i)*step, 1<<32-1)))
				}
				f.row(level, out, in)
				for i, x := range in {
					if x != x || math.IsInf(float64(x), 0) {
						continue
					}
					want, got := f.exact(float64(x)), float64(out[i])
					if math.IsInf(got, 0) && math.IsInf(float64(float32(want)), 0) || want == got {
						continue
					}
					d := math.Abs(got - want)
					if f.ulp > 0 {
						note(0, x, d/unit(want))
					}
					for j, r := range f.bound {
						switch {
						case x < r.from || x > r.to:
						case r.relative > 0 && math.Abs(want) >= 0x1p-126:
							note(j+1, x, d/math.Abs(want))
						case r.absolute > 0:
							note(j+1, x, d)
						}
					}
				}
			}
			if f.ulp > 0 {
				t.Logf("%.3f units at %v", worst[0], where[0])
				if !(worst[0] <= f.ulp) {
					t.Errorf("%s(%v) is %.3f units in the last place off, more than %v", f.name, where[0], worst[0], f.ulp)
				}
			}
			for j, r := range f.bound {
				t.Logf("%+v: %.3g at %v", r, worst[j+1], where[j+1])
				if !(worst[j+1] <= max(r.relative, r.absolute)) {
					t.Errorf("%s(%v) is %.3g off, more than %+v allows", f.name, where[j+1], worst[j+1], r)
				}
			}
			for x, want := range f.far {
				if got := f.at(x); got != want {
					t.Errorf("%s(%v) is %v, want %v", f.name, x, got, want)
				}
			}
			if v := f.at(float32(math.NaN())); v == v {
				t.Errorf("%s(NaN) is %v", f.name, v)
			}
		})
	}
}

// unit is the distance between float32 around x.
func unit(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, max(e-24, -149))
}

// TestFunctionLevels compares the instruction sets at numbers of every size, and in rows
// of every length that the assembly treats differently.
func TestFunctionLevels(t *testing.T) {
	for _, f := range functionCases {
		for pixels := 1; pixels <= 9; pixels++ {
			in := make([]float32, pixels*Lanes)
			for b := uint64(pixels) * 1_000_003; b < 1<<32; b += uint64(len(in)) * 200_003 {
				for i := range in {
					in[i] = math.Float32frombits(uint32(min(b+uint64(i)*200_003, 1<<32-1)))
				}
				want := make([]float32, len(in))
				mapRow(want, in, f.at)
				for _, level := range simd.Levels() {
					out, intact := guarded(len(in))
					f.row(level, out, in)
					if !intact() {
						t.Fatalf("%s: %v wrote outside its output", f.name, level)
					}
					for i, v := range out {
						if v != v && want[i] != want[i] {
							continue // which NaN it is differs between processors
						}
						if math.Float32bits(v) != math.Float32bits(want[i]) {
							t.Fatalf("%s(%v): %v has %x, want %x", f.name, in[i], level, v, want[i])
						}
					}
				}
			}
		}
	}
}

// TestSwishIsSiLU holds Swish with 1 to the bits of SiLU.
func TestSwishIsSiLU(t *testing.T) {
	for b := uint64(0); b < 1<<32; b += 100_003 {
		x := math.Float32frombits(uint32(b))
		if a, s := SiLU(x), Swish(x, 1); a == a && math.Float32bits(a) != math.Float32bits(s) {
			t.Fatalf("Swish(%v, 1) is %x, SiLU %x", x, s, a)
		}
	}
}
