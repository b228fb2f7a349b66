package backbone

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/simd"
)

// TestNumerics holds the features of a few graphs, large layers among them, to the
// bits that they had when [Numerics] was given its present name. If it fails on one
// machine alone, that machine computes differently. If it fails because the arithmetic
// was changed on purpose, stores hold features of the old: rename Numerics, too.
func TestNumerics(t *testing.T) {
	if raceDetector {
		t.Skip("concerns no two goroutines")
	}
	for _, c := range []struct {
		graphs string
		draw   func(seed uint64) *graph.Graph
		want   string
	}{
		{"random", func(seed uint64) *graph.Graph {
			if seed < 2 {
				return largeGraph(seed)
			}
			return randomGraph(seed)
		}, "1505143758c9b9e01eb2c1c33e6840d59e5f028f3ef1438a164e1d3d35157abc"},
		{"joined", joinedGraph, "f3ca9d53789f311e12ee8a4a934db49aedb10065bad747ca15014838fc9de951"},
		{"token", tokenGraph, "f1937d3a267f7f2f9daed37718b5b1f8909c5f6be88268006d29d381ddaf5e5e"},
	} {
		for _, level := range simd.Levels() {
			sum := sha256.New()
			for seed := range uint64(12) {
				g := c.draw(seed)
				images := make([]float32, 2*g.Input.Shape.Len())
				noise(images)
				for _, v := range features(t, g, level, images, 2, 2) {
					sum.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
				}
			}
			if got := hex.EncodeToString(sum.Sum(nil)); got != c.want {
				t.Errorf("%s graphs, %v: the features' hash is %s for numerics %s, want %s", c.graphs, level, got, Numerics, c.want)
			}
		}
	}
}
