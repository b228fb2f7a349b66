package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"featurecache/simd"
)

// BenchmarkAttention is of ViT's sizes, CLIP's, Swin's windows and attention pooling. Compare
// GFLOP/s, which are the best run's, with BenchmarkPeak's; only the two products are counted.
func BenchmarkAttention(b *testing.B) {
	for _, tc := range []attentionCase{
		{groups: 1, queries: 50, keys: 50, heads: 12, d: 64, dv: 64, packed: true},
		{groups: 1, queries: 197, keys: 197, heads: 6, d: 64, dv: 64, packed: true},
		{groups: 1, queries: 257, keys: 257, heads: 16, d: 64, dv: 64, packed: true},
		{groups: 1, queries: 257, keys: 257, heads: 16, d: 80, dv: 80, packed: true},
		{groups: 1, queries: 256, keys: 256, heads: 16, d: 72, dv: 72, packed: true},
		{groups: 1, queries: 257, keys: 257, heads: 16, d: 88, dv: 88, packed: true},
		{groups: 1, queries: 1370, keys: 1370, heads: 6, d: 64, dv: 64, packed: true},
		{groups: 64, queries: 49, keys: 49, heads: 3, d: 32, dv: 32, packed: true, bias: 12},
		{groups: 1, queries: 49, keys: 49, heads: 24, d: 32, dv: 32, packed: true, bias: 24},
		{groups: 1, queries: 1, keys: 196, heads: 12, d: 64, dv: 64},
	} {
		a := tc.data(rand.New(rand.NewPCG(1, 1)))
		for g := range tc.groups { // in the order in which networks have them
			for i := range a.QPixels[g] {
				a.QPixels[g][i] = window(tc, g, i)
				a.OutPixels[g][i] = a.QPixels[g][i]
			}
			for i := range a.KPixels[g] {
				a.KPixels[g][i] = window(tc, g, i)
			}
		}
		made := NewAttention(a.Attention)
		dst, scratch := Alloc(a.Out.Len()), Alloc(made.Scratch())
		for _, level := range simd.Levels()[1:] {
			b.Run(fmt.Sprintf("%dx%dx%d-%dx%d/%v", tc.groups, tc.queries, tc.keys, tc.heads, tc.d, level), func(b *testing.B) {
				best := time.Hour // of all runs, as Peak's
				parts := tc.heads * min(tc.groups, 4)
				for b.Loop() {
					start := time.Now()
					made.Run(level, dst, a.q, a.k, a.v, scratch, Share{Parts: parts})
					best = min(best, time.Since(start))
				}
				flop := 2 * float64(tc.groups*tc.heads*tc.queries*tc.keys*(tc.d+tc.dv)) / float64(parts)
				b.ReportMetric(flop/best.Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// window is the i-th pixel of window g of 7 rows and 7 columns, if there are windows.
func window(tc attentionCase, g, i int) int32 {
	if tc.groups == 1 {
		return int32(i)
	}
	return int32((g/8*7+i/7)*56 + g%8*7 + i%7)
}
