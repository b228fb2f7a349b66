package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestMoves compares moves of every kind, between layouts with and without borders, with
// their definition. Borders stay as they are, and missing channels become zero.
func TestMoves(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	bordered := func(c, h, w int) Layout { return Layout{C: c, H: h, W: w, Top: 1, Left: 2, Rows: h + 2, Cols: w + 3} }
	for _, c := range []int{1, 5, 16, 21, 32, 48} {
		for _, layout := range []func(c, h, w int) Layout{plain, bordered} {
			for i := range 40 {
				h, w := 1+rng.IntN(5), 1+rng.IntN(9)
				in := []Layout{plain(c, h, w), bordered(1+rng.IntN(40), 1, 1+rng.IntN(30))}
				plane := h * w
				var total int
				for _, l := range in {
					total += l.C * l.H * l.W
				}
				out := layout(c, h, w)
				if i%4 == 1 {
					out = layout(c, 1, plane)
				}
				if i%8 == 2 {
					out = layout(plane, 1, c)
				}
				from := make([]int32, c*plane)
				shift, pixels := rng.IntN(c), rng.Perm(plane)
				for k := range from {
					ch, p := k/plane, k%plane
					switch i % 8 {
					case 2: // turned
						from[k] = int32(k%c*plane + k/c)
					case 3: // channels
						from[k] = int32((ch+shift)%c*plane + p)
					case 4: // pixels
						from[k] = int32(ch*plane + pixels[p])
					case 5: // anything, and zeros
						from[k] = int32(rng.IntN(total+5)) - 5
						from[k] = max(from[k], -1)
					case 6: // one channel, and one pixel
						from[k] = int32(p)
						if shift > c/2 {
							from[k] = int32(ch * plane)
						}
					case 7:
						from[k] = -1
					default:
						from[k] = int32(k)
					}
				}
				testMoves(t, out, in, from)
			}
		}
	}
}

func testMoves(t *testing.T, out Layout, in []Layout, from []int32) {
	t.Helper()
	var elements []float32
	var src [][]float32
	for _, l := range in {
		values := make([]float32, l.C*l.H*l.W)
		for i := range values {
			values[i] = float32(len(elements) + i + 1)
		}
		elements = append(elements, values...)
		data := make([]float32, l.Len())
		Import(data, values, l)
		src = append(src, data)
	}
	dst, want := make([]float32, out.Len()), make([]float32, out.Len())
	nan := float32(math.NaN())
	for i := range dst {
		dst[i] = nan // what the last image left
		want[i] = nan
	}
	row := make([]float32, out.C*out.H*out.W)
	for i, at := range from {
		if at >= 0 {
			row[i] = elements[at]
		}
	}
	Import(want, row, out)
	for y := range out.H {
		for x := range out.W {
			for c := out.C; c < Blocks(out.C)*Lanes; c++ {
				want[out.Offset(c/Lanes, y, x)+c%Lanes] = 0
			}
		}
	}
	for i, m := range NewMoves(out, in, from) {
		if m == nil {
			continue
		}
		for part := range 3 {
			m.Run(dst, src[i], Share{Part: part, Parts: 3})
		}
	}
	for i := range want {
		if math.Float32bits(dst[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%+v of %+v from %v: float %d is %v, want %v", out, in, from, i, dst[i], want[i])
		}
	}
}

// TestMovesAreFew counts the moves of the usual gathers: they are runs of whole pixels where
// there are any.
func TestMovesAreFew(t *testing.T) {
	const c, h, w = 40, 6, 7
	const plane = h * w
	in := plain(c, h, w)
	bordered := Layout{C: c, H: h, W: w, Top: 1, Left: 1, Rows: h + 2, Cols: w + 2}
	for _, test := range []struct {
		name string
		out  Layout
		from func(c, p int) int
		most int
	}{
		{"the same", in, func(c, p int) int { return c*plane + p }, 3},
		{"another width", plain(c, 1, plane), func(c, p int) int { return c*plane + p }, 3},
		{"a border", bordered, func(c, p int) int { return c*plane + p }, 3 * h},
		{"rolled pixels", in, func(c, p int) int { return c*plane + (p+9)%plane }, 3 * 2},
		{"pixels backwards", in, func(c, p int) int { return c*plane + plane - 1 - p }, 3 * plane},
		{"blocks of channels", plain(32, h, w), func(c, p int) int { return (c+16)%32*plane + p }, 2},
		{"channels backwards", plain(32, h, w), func(c, p int) int { return (31-c)*plane + p }, 32 * h},
		{"one pixel", in, func(c, _ int) int { return c * plane }, 3 * plane},
		{"turned", plain(plane, 1, c), func(c, p int) int { return p*plane + c }, 3 * c},
	} {
		var from []int32
		pixels := test.out.H * test.out.W
		for i := range test.out.C * pixels {
			from = append(from, int32(test.from(i/pixels, i%pixels)))
		}
		if got := len(NewReading(test.out, in, from).list); got > test.most {
			t.Errorf("%s: %d moves, want at most %d", test.name, got, test.most)
		}
	}
}
