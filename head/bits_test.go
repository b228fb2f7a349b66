package head

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"featurecache/head/kernel"
	"featurecache/simd"
)

// TestSameBytes trains on every kernel level and compares the files, with each
// other and with the ones that other machines made.
func TestSameBytes(t *testing.T) {
	for name, c := range map[string]struct {
		width  int
		want   string
		change func(*Options)
	}{
		"width 512":  {512, "e2b369115931dbf3", func(*Options) {}},
		"width 37":   {37, "50d7b6c13408d593", func(*Options) {}},
		"everything": {64, "bfd3b9a62812a2df", everything},
	} {
		t.Run(name, func(t *testing.T) {
			train, val := exact(1, 25, c.width), exact(2, 15, c.width)
			opt := DefaultOptions()
			opt.Seed = 42
			c.change(&opt)
			for _, set := range kernel.All() {
				t.Setenv(simd.Env, set.Level.String())
				r, err := Fit(context.Background(), train, val, 3, opt, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Head.Classes = []string{"a", "b", "c"}
				var b bytes.Buffer
				if err := r.Head.Write(&b); err != nil {
					t.Fatal(err)
				}
				sum := sha256.Sum256(b.Bytes())
				if got := hex.EncodeToString(sum[:8]); got != c.want {
					t.Errorf("%s: the file's hash begins with %s, want %s", set.Level, got, c.want)
				}
			}
		})
	}
}

func everything(o *Options) {
	o.Epochs, o.Batch, o.Hidden = 9, 6, 32
	o.Nesterov, o.WeightDecay, o.LabelSmoothing = true, 0.01, 0.1
	o.ClassWeights = []float64{1, 2, 0.5}
}

// exact makes samples of three classes from integers alone, the same anywhere.
func exact(seed uint64, n, width int) Data {
	s := newStream(seed, 99, 0)
	d := Data{Views: [][]float32{make([]float32, n*width)}, Labels: make([]int32, n)}
	for i := range d.Labels {
		d.Labels[i] = int32(s.below(3))
	}
	for i := range d.Views[0] {
		d.Views[0][i] = float32(s.below(1<<20))/(1<<20) + 0.125*float32(d.Labels[i/width])
	}
	return d
}
