package imagefolder

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkScan scans 100,000 files, and lets find list the same for comparison.
func BenchmarkScan(b *testing.B) {
	root := b.TempDir()
	for i := range 100_000 {
		split := "train"
		if i%5 == 0 {
			split = "val"
		}
		dir := filepath.Join(root, split, fmt.Sprint("class", i%4))
		if i < 20 {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%07d_abcdef.jpg", i*7919%1_000_003)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tree, err := Scan(context.Background(), root, Options{})
			if err != nil || len(tree.Images) != 100_000 {
				b.Fatalf("%v", err)
			}
		}
	})
	b.Run("find", func(b *testing.B) {
		for b.Loop() {
			if _, err := exec.Command("find", root, "-type", "f", "-printf", `%s %T@ %p\n`).Output(); err != nil {
				b.Skip(err)
			}
		}
	})
}
