package kernel

import (
	"math"

	"featurecache/simd"
)

// Product multiplies matrices that are both computed from the image: channel n of the
// result at pixel i·M+m is Σ a[i,m,k]·b[i,k,n]. It copies a pair of matrices at a time into
// the order in which the kernels of [Direct] read pixels and weights, and so has their
// speed but for the copies. Every sum is one chain of fused multiply-adds over k, as there.
// It is immutable.
type Product struct {
	left, right     Layout // of one matrix of a, [K,1,M], and of b, [N,1,K], a multiple of 16 pixels
	a, b            []*Moves
	direct          *Direct
	taps            []int32
	pixels          []pixel // [Batch, entries]
	entries, panels int
	m               int
}

// Factors are the sizes of a [Product], and how its operands are read: a is [Batch,M,K] and
// b [Batch,K,N], row-major. Element i is the operand's element AFrom[i] or BFrom[i], of its
// [C,H,W], and its element i where the list is nil.
type Factors struct {
	Batch, M, K, N int
	AFrom, BFrom   []int32
}

// NewProduct makes the layer for operands in the layouts a and b. out has N channels and
// Batch·M pixels.
func NewProduct(f Factors, a, b, out Layout) *Product {
	inf := float32(math.Inf(1))
	p := &Product{
		left:   Layout{C: f.K, H: 1, W: f.M, Rows: 1, Cols: f.M},
		right:  Layout{C: f.N, H: 1, W: f.K, Rows: 1, Cols: Blocks(f.K) * Lanes},
		panels: Blocks(f.N), entries: (f.M + tile - 1) / tile * tile, m: f.M,
	}
	p.direct = &Direct{
		conv: Conv{InC: f.K, OutC: f.N, Groups: 1, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Lo: -inf, Hi: inf},
		in:   p.left, out: out, bias: make([]float32, p.panels*Lanes), run: 1,
	}
	p.taps = p.direct.taps(0, p.panelInputs(), Lanes)
	for i := range f.Batch {
		p.a = append(p.a, NewReading(p.left, a, f.transposed(f.AFrom, i*f.M*f.K, f.M, f.K)))
		p.b = append(p.b, NewReading(p.right, b, f.transposed(f.BFrom, i*f.K*f.N, f.K, f.N)))
		for e := range p.entries {
			m := min(e, f.M-1)
			at := i*f.M + m
			p.pixels = append(p.pixels, pixel{in: int32(p.left.Offset(0, 0, m)), out: int32(out.Offset(0, at/out.W, at%out.W))})
		}
	}
	return p
}

func (p *Product) panelInputs() int { return Blocks(p.left.C) * Lanes }

// transposed lists the elements of a matrix that begins at element start of from, column
// by column.
func (f *Factors) transposed(from []int32, start, rows, cols int) []int32 {
	list := make([]int32, 0, rows*cols)
	for c := range cols {
		for r := range rows {
			at := start + r*cols + c
			if from != nil {
				list = append(list, from[at])
			} else {
				list = append(list, int32(at))
			}
		}
	}
	return list
}

// Work is the number of floats that Run needs to work in.
func (p *Product) Work() int { return p.left.Len() + p.right.Len() }

// Run computes the share s of one image: of the matrices if there are enough, else of the
// channels. dst must share no memory with a or b. work has at least Work floats.
func (p *Product) Run(level simd.Level, dst, a, b, work []float32, s Share) {
	left, right := work[:p.left.Len()], work[p.left.Len():][:p.right.Len()]
	first, last, from, to := 0, len(p.a), 0, p.panels
	if len(p.a) >= 2*s.Parts {
		first, last = s.Of(len(p.a))
	} else {
		from, to = s.Of(p.panels)
	}
	if from == to {
		return
	}
	for i := first; i < last; i++ {
		p.a[i].Run(left, a, Share{})
		clear(right[from*p.right.BlockStride() : to*p.right.BlockStride()]) // b's missing rows meet a's missing channels
		p.b[i].blocks(right, b, from, to, 0)
		for block := from; block < to; block++ {
			weights := right[block*p.right.BlockStride():][:p.right.BlockStride()]
			part := panel{block: block, blocks: 1, taps: p.taps, weights: weights, width: Lanes}
			p.direct.runPanel(level, dst, left, nil, p.pixels[i*p.entries:][:p.entries], p.m, &part)
		}
	}
}
