package graph_test

import (
	"os"
	"testing"

	"featurecache/extract/backbone/graph"
	"featurecache/testdata"
)

// BenchmarkLoad reads the full-size ResNet-18, 46 MB.
func BenchmarkLoad(b *testing.B) {
	path := testdata.Shared(b, "models", "resnet18.onnx")
	stat, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(stat.Size())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := graph.Load(path, graph.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
