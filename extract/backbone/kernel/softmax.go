package kernel

import "featurecache/simd"

// Softmax is e^x divided by its sum, over the channels of each pixel. The largest channel
// is subtracted first, which changes nothing but that no e^x overflows.
type Softmax struct{ In, Out Layout }

// Run computes the share s of the pixels of one image. dst may be src if their layouts are
// the same.
func (m *Softmax) Run(level simd.Level, dst, src []float32, s Share) {
	m.In.runs(s, func(y, x, n int) {
		var top, sum runLanes
		m.largest(level, &top, src, y, x, n)
		tops, sums := top[:n*Lanes], sum[:n*Lanes]
		for cb := range Blocks(m.In.C) {
			out := dst[m.Out.Offset(cb, y, x):][:n*Lanes]
			combineRow(level, Minus, out, src[m.In.Offset(cb, y, x):][:n*Lanes], tops)
			ExpRow(level, out, out)
			clearMissing(out, max(0, (cb+1)*Lanes-m.In.C))
			combineRow(level, Plus, sums, sums, out)
		}
		for i := range n {
			sum.fill(i, sum.of(i).sum())
		}
		for cb := range Blocks(m.In.C) {
			out := dst[m.Out.Offset(cb, y, x):][:n*Lanes]
			combineRow(level, Over, out, out, sums)
			clearMissing(out, max(0, (cb+1)*Lanes-m.In.C)) // of a sum that is NaN
		}
	})
}

// largest sets all lanes of n pixels to the largest of their channels. It passes over NaN,
// which the difference keeps.
func (m *Softmax) largest(level simd.Level, top *runLanes, src []float32, y, x, n int) {
	blocks := Blocks(m.In.C)
	for i := range n {
		top.fill(i, -inf)
	}
	for cb := range blocks - 1 {
		largerRow(level, top[:n*Lanes], src[m.In.Offset(cb, y, x):][:n*Lanes], top[:n*Lanes])
	}
	last := src[m.In.Offset(blocks-1, y, x):][:n*Lanes]
	have := m.In.C - (blocks-1)*Lanes
	for i := range n {
		lane := top[i*Lanes:][:have]
		largerRowGeneric(lane, last[i*Lanes:][:have], lane)
		top.fill(i, top.of(i).fold(larger))
	}
}
