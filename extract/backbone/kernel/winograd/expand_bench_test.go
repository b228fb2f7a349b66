package winograd

import (
	"testing"

	"featurecache/extract/backbone/kernel"
)

// BenchmarkExpand transforms the weights of 128 input channels for one panel.
func BenchmarkExpand(b *testing.B) {
	const channels, posStep = 128, 128*panel + panel
	a := &expandArgs{g: kernel.Alloc(9 * panel * channels), u: kernel.Alloc(36 * posStep), posStep: posStep, channels: channels}
	for _, level := range kernel.Levels()[1:] {
		b.Run(level.String(), func(b *testing.B) {
			e := engineOf(level)
			for b.Loop() {
				e.expand(a)
			}
		})
	}
}
