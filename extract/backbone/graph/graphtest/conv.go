package graphtest

import (
	"runtime"
	"sync"

	"featurecache/extract/backbone/graph"
)

// conv shares the output channels between the cores.
func conv(l *graph.Conv, in, residual []float64) []float64 {
	s := l.Out.Shape
	out := make([]float64, s.Len())
	channels := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range channels {
				convChannel(l, in, residual, out, m)
			}
		})
	}
	for m := range s.C {
		channels <- m
	}
	close(channels)
	wg.Wait()
	return out
}

// convChannel makes output channel m: for each weight, its product with every
// pixel that it meets.
func convChannel(l *graph.Conv, in, residual, out []float64, m int) {
	is, os := l.In.Shape, l.Out.Shape
	perGroup := is.C / l.Groups
	first := m / (os.C / l.Groups) * perGroup
	out = out[m*os.H*os.W : (m+1)*os.H*os.W]
	for i := range out {
		out[i] = float64(l.Bias[m])
	}
	for k, w := range l.Weight[m*perGroup*l.KH*l.KW : (m+1)*perGroup*l.KH*l.KW] {
		c, ky, kx := k/(l.KH*l.KW), k/l.KW%l.KH, k%l.KW
		plane := in[(first+c)*is.H*is.W : (first+c+1)*is.H*is.W]
		for y := range os.H {
			iy := y*l.StrideH - l.Pad.Top + ky*l.DilationH
			if iy < 0 || iy >= is.H {
				continue
			}
			row := plane[iy*is.W : (iy+1)*is.W]
			ix := kx*l.DilationW - l.Pad.Left
			for x := range out[y*os.W : (y+1)*os.W] {
				if ix >= 0 && ix < len(row) {
					out[y*os.W+x] += float64(w) * row[ix]
				}
				ix += l.StrideW
			}
		}
	}
	for i := range out {
		if residual != nil {
			out[i] += residual[m*len(out)+i]
		}
		out[i] = activate(l.Act, out[i])
	}
}
