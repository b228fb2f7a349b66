package testdata

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// RunPython runs a script: python script IN OUT args…, where IN holds input and the
// result is what the script writes to OUT, both as raw float32. [Python] finds one.
func RunPython(t *testing.T, python, script string, input []float32, args ...string) []float32 {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.f32"), filepath.Join(dir, "out.f32")
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, input)
	if err := os.WriteFile(in, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), python, append([]string{script, in, out}, args...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, text)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	result := make([]float32, len(raw)/4)
	_ = binary.Read(bytes.NewReader(raw), binary.LittleEndian, result)
	return result
}

// LargestDifference is the largest |a−b|, NaN if any is.
func LargestDifference(a, b []float32) (d float64) {
	for i := range a {
		if x := math.Abs(float64(a[i]) - float64(b[i])); !(x <= d) { // NaN counts
			d = x
		}
	}
	return d
}
