package winograd

import "featurecache/extract/backbone/kernel"

// generic is the plain Go engine. It defines the bits.
var generic = engine{tiles: 1 << 30, input: inputGeneric, product: productGeneric, output: outputGeneric, expand: expandGeneric, rearrange: rearrangeGeneric}

// A square is one channel's samples or products of a tile.
type square [maxPoints]line

// columns applies f to the first n columns.
func (q *square) columns(n int, f func(*line)) {
	for j := range n {
		var col line
		for i := range q {
			col[i] = q[i][j]
		}
		f(&col)
		for i := range q {
			q[i][j] = col[i]
		}
	}
}

func inputGeneric(a *inputArgs) {
	n := a.taps + tileSize - 1
	for k, t := range a.tiles {
		for lane := range kernel.Lanes {
			var q square
			for i := range n {
				row := i * a.rowStep
				if i == n-1 {
					row = min(t.lastRow, a.maxRow)
				}
				for j := range n {
					col := j * a.colStep
					if j == n-1 {
						col = min(t.lastCol, a.maxCol)
					}
					q[i][j] = a.src[t.src+a.shift+row+col+lane]
				}
			}
			q.columns(n, func(l *line) { l.input(a.taps) })
			for i := range n {
				q[i].input(a.taps)
				for j := range n {
					a.v[(i*n+j)*a.posStep+k*kernel.Lanes+lane] = q[i][j]
				}
			}
		}
	}
}

func productGeneric(a *productArgs) {
	for _, j := range a.jobs {
		for t := range j.tiles {
			var sum [panel]float32
			if j.accumulate == 1 {
				copy(sum[:], a.m[j.m+t*panel:])
			}
			at := j.u
			for b := range j.blocks {
				v := a.v[j.v+b*a.blockStep+t*kernel.Lanes:]
				for c := range quad * a.quads {
					for o, u := range a.u[at:][:panel] {
						sum[o] = fma(v[c], u, sum[o])
					}
					at += a.step
				}
			}
			copy(a.m[j.m+t*panel:], sum[:])
		}
	}
}

func outputGeneric(a *outputArgs) {
	n := a.taps + tileSize - 1
	for k, t := range a.tiles {
		for lane := range kernel.Lanes {
			var q square
			for i := range n {
				for j := range n {
					q[i][j] = a.m[(i*n+j)*a.posStep+k*panel+lane]
				}
			}
			q.columns(n, func(l *line) { l.output(a.taps) })
			for i := range t.rows {
				q[i].output(a.taps)
				for j := range t.cols {
					y := q[i][j] + a.bias[lane]
					if a.res != nil {
						y += a.res[t.res+a.resShift+i*a.resRow+j*kernel.Lanes+lane]
					}
					if a.relu == 1 && 0 > y {
						y = 0
					}
					a.dst[t.dst+a.dstShift+i*a.dstRow+j*kernel.Lanes+lane] = y
				}
			}
		}
	}
}
