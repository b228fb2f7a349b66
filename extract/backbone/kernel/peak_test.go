package kernel

import (
	"testing"

	"featurecache/simd"
)

func TestPeakRuns(t *testing.T) {
	for _, level := range simd.Levels() {
		if p := Peak(level); !(p > 0) {
			t.Errorf("%v: peak of %v GFLOP/s", level, p)
		}
	}
}

func BenchmarkPeak(b *testing.B) {
	for _, level := range simd.Levels() {
		b.Run(level.String(), func(b *testing.B) {
			best := 0.0
			for b.Loop() {
				best = max(best, Peak(level))
			}
			b.ReportMetric(best, "GFLOP/s")
		})
	}
}
