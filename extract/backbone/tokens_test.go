package backbone

import (
	"fmt"
	"testing"

	"featurecache/extract/backbone/graph/graphtest"
	"featurecache/simd"
)

// TestTokens compares random networks that attend and normalise with a float64 evaluation.
// Every level gives the same bits, whatever the batch and however many goroutines share it.
func TestTokens(t *testing.T) {
	graphs, most := uint64(60), 16
	if slow() {
		graphs, most = 6, 3
	}
	worst := 0.0
	for seed := range graphs {
		g := tokenGraph(seed)
		if err := graphtest.Check(g); err != nil {
			t.Fatalf("graph %d: %v", seed, err)
		}
		size, width := g.Input.Shape.Len(), g.Features.Shape.Len()
		images := make([]float32, most*size)
		noise(images)
		first := features(t, g, simd.Best(), images, most, 1)
		for _, level := range simd.Levels() {
			n := 2
			sameBits(t, fmt.Sprintf("graph %d, %v", seed, level), features(t, g, level, images[:n*size], n, n), first[:n*width])
		}
		for i := range 2 {
			exact := graphtest.Eval(g, images[i*size:][:size])
			e := graphtest.RelativeError(first[i*width:(i+1)*width], exact)
			if worst = max(worst, e); !(e <= tolerance) {
				t.Errorf("graph %d, image %d: relative L2 error %.2g", seed, i, e)
			}
		}
		b := mustCompile(t, g, simd.Best())
		for batch := 2; batch <= most; batch++ {
			if int(seed)%4 != batch%4 && batch != most {
				continue
			}
			for _, goroutines := range []int{1, 2, 5} {
				w, got := b.NewTeam(batch, goroutines), make([]float32, most*width)
				for i := 0; i < most; i += batch {
					k := min(batch, most-i)
					w.Run(got[i*width:], images[i*size:], k)
				}
				sameBits(t, fmt.Sprintf("graph %d, batches of %d, %d goroutines", seed, batch, goroutines), got, first)
			}
		}
	}
	t.Logf("worst relative L2 error %.2g", worst)
}
