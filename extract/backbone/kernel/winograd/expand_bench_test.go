package winograd

import (
	"testing"

	"featurecache/extract/backbone/kernel"
	"featurecache/simd"
)

// BenchmarkExpand transforms the weights of 128 input channels for one panel.
func BenchmarkExpand(b *testing.B) {
	const channels = chunkBlocks * kernel.Lanes
	a := &expandArgs{g: kernel.Alloc(9 * panel * channels), u: kernel.Alloc(channels * chunkStep), step: chunkStep, posStep: panel, channels: channels}
	for _, level := range simd.Levels()[1:] {
		b.Run(level.String(), func(b *testing.B) {
			e := engineOf(level)
			for b.Loop() {
				e.expand(a)
			}
		})
	}
}
