package winograd

import (
	"strings"
	"testing"

	"featurecache/extract/backbone/kernel"
)

func TestSplit(t *testing.T) {
	for n := 1; n <= 70; n++ {
		next, short, products := 0, false, 0
		for _, s := range split(n) {
			size := tileSize
			if s.short {
				size--
			}
			if s.from != next || s.valid < 1 || s.valid > size || short && !s.short {
				t.Fatalf("%d outputs: segment %+v after %d", n, s, next)
			}
			next += s.valid
			short = s.short
			products += size + 2
		}
		want := n + 2*((n+3)/4)
		switch n {
		case 1, 2, 5: // the last segment is not filled
			want += map[int]int{1: 2, 2: 1, 5: 1}[n]
		}
		if next != n || products != want {
			t.Errorf("%d outputs: segments end at %d and cost %d products, want %d", n, next, products, want)
		}
	}
}

// The tiles that need a product are neighbours in a block, and no others.
func TestClasses(t *testing.T) {
	for _, s := range []*scheme{&stride1, &stride2, &stem} {
		n := s.points()
		for pos := range n * n {
			i, j := pos/n, pos%n
			need := s.classesOf(i, j)
			for _, p := range raster(7, 10) {
				k := int(classOf(p.y, p.x))
				want := (i < n-1 || !p.y.short) && (j < n-1 || !p.x.short)
				if got := need.from <= k && k < need.to; got != want {
					t.Errorf("%d taps, position %d,%d: class %d needs it: %v", s.taps, i, j, k, got)
				}
			}
			phases := s.phasesOf(i, j)
			for k, p := range s.phases() {
				want := (i < n-1 || !p.y.short) && (j < n-1 || !p.x.short)
				if got := phases.from <= k && k < phases.to; got != want {
					t.Errorf("%d taps, position %d,%d: phase %d has it: %v", s.taps, i, j, k, got)
				}
			}
		}
	}
}

// Every sample that the input transform reads lies in a layout with the borders that
// Border asks for.
func TestBorder(t *testing.T) {
	for _, stride := range []int{1, 2} {
		s := Shape{Out: 1, In: 1, Kernel: 3, Stride: stride}
		for n := 1; n <= 70; n++ {
			before, after := s.Border(n)
			sc := s.scheme()
			read := [2]int{}
			for _, seg := range split(outputs(n, stride)) {
				for _, p := range sc.axis {
					first := seg.from*stride + p.offset
					last := first + stride*min(sc.lastSample(seg.short), sc.lastSample(p.short))
					read = [2]int{min(read[0], first), max(read[1], last)}
				}
			}
			if read[0] != -before || max(read[1]-n+1, 0) != after {
				t.Errorf("stride %d, %d samples: borders %d and %d, read from %d to %d", stride, n, before, after, read[0], read[1])
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := newProblem(Shape{Out: 20, In: 10, Kernel: 3, Stride: 1}, 8, 9, 1, true, false)
	for want, spoil := range map[string]func(*Options){
		"channels": func(o *Options) { o.Src.C++ },
		"bias":     func(o *Options) { o.Bias = o.Bias[1:] },
		"residual": func(o *Options) { o.Res.W-- },
		"output":   func(o *Options) { o.Dst.H, o.Res.H = o.Dst.H-1, o.Res.H-1 },
		"borders":  func(o *Options) { o.Src.Rows-- },
		"input of": func(o *Options) { o.Src.H = 0 },
	} {
		o := Options{Weights: Pack(good.shape, good.weights), Bias: good.bias, Src: good.src, Dst: good.dst, Res: good.res}
		if _, err := New(o); err != nil {
			t.Fatal(err)
		}
		spoil(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("spoilt %s: %v", want, err)
		}
	}
	o := StemOptions{Weights: PackStem(5, make([]float32, 5*147)), Bias: make([]float32, 5), H: 8, W: 8,
		Dst: kernel.Layout{C: 5, H: 4, W: 3, Rows: 4, Cols: 4}}
	if _, err := NewStem(o); err == nil {
		t.Error("stem with an output of the wrong width accepted")
	}
}
