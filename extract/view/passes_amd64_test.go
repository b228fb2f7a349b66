//go:build amd64 && !purego

package view

import (
	"bytes"
	"slices"
	"testing"
)

// guarded returns a slice of n elements of v whose neighbours on both sides are
// watched: intact tells whether they still hold v.
func guarded[T comparable](n int, v T) (s []T, intact func() bool) {
	const zone = 64
	all := slices.Repeat([]T{v}, n+2*zone)
	return all[zone : zone+n : zone+n], func() bool {
		same := func(x T) bool { return x == v }
		return !slices.ContainsFunc(all[:zone], func(x T) bool { return !same(x) }) &&
			!slices.ContainsFunc(all[zone+n:], func(x T) bool { return !same(x) })
	}
}

// rgb returns n pixels without pattern in a slice that ends with them.
func rgb(n int) []uint8 { return slices.Clip(noise(n, 1).Pix) }

// TestAssembly compares each vectorised step with its plain Go, for all remainders
// of the vector lengths and numbers of taps, and watches what lies around.
func TestAssembly(t *testing.T) {
	if !useAVX2 {
		t.Skip("this CPU has no AVX2")
	}
	for width := 1; width <= 75; width++ {
		a, b := rgb(width), rgb(2 * width)[3*width:]
		want := make([]uint64, width)
		pairGeneric(want, a, b)
		got, intact := guarded[uint64](width, 1<<60)
		pair(got, a, b)
		for x := range got { // the fourth bytes have no meaning
			if const24 := uint64(0x00ffffff_00ffffff); got[x]&const24 != want[x]&const24 {
				t.Fatalf("pair of %d: word %d is %x, want %x", width, x, got[x], want[x])
			}
		}
		if !intact() {
			t.Fatalf("pair of %d wrote beside its output", width)
		}

		for k, out := range []int{1, 2, 3, 7, width, 2 * width, 1, 2, 3, 7, width, 2 * width, 1, 2, 3, 7, width, 2 * width} {
			ax := &axis{filter: Interpolation(k / 6)}
			ax.set(width, out, 0, out)
			want0, want1 := make([]uint8, rowStride(out)), make([]uint8, rowStride(out))
			narrowGeneric(want0, want1, ax, want, 0)
			got0, intact0 := guarded[uint8](rowStride(out), 77)
			got1, intact1 := guarded[uint8](rowStride(out), 77)
			narrow(got0, got1, ax, got, 0)
			if !bytes.Equal(got0[:3*out], want0[:3*out]) || !bytes.Equal(got1[:3*out], want1[:3*out]) {
				t.Fatalf("narrow %d to %d (%v, %d taps) differs", width, out, ax.filter, ax.taps)
			}
			if !intact0() || !intact1() {
				t.Fatalf("narrow %d to %d wrote beside its output", width, out)
			}
		}

		for k := range 27 {
			height := 1 + k/3
			src := rgb(width * height)
			ax := &axis{filter: Interpolation(k % 3)}
			ax.set(height, 1, 0, 1)
			want := make([]uint8, 3*width)
			blendGeneric(want, src, 3*width, ax.weights)
			got, intact := guarded[uint8](3*width, 77)
			blend(got, src, 3*width, ax.weights)
			if !bytes.Equal(got, want) {
				t.Fatalf("blend of %d×%d differs", width, height)
			}
			if !intact() {
				t.Fatalf("blend of %d×%d wrote beside its output", width, height)
			}
		}
	}
}
