package kernel

import "math"

// LRN is local response normalisation across channels, as AlexNet and GoogLeNet have it:
//
//	out[c] = in[c] / (Bias + Alpha/Size·Σ in[k]²)^Beta, k from c−⌊(Size−1)/2⌋ to c+⌈(Size−1)/2⌉
//
// The sum is in the order of the channels. Beta is 1, 1/2 or 3/4, whose powers are roots
// that every machine rounds alike. Few networks have the layer, so it is in plain Go only.
type LRN struct {
	In, Out           Layout
	Size              int
	Alpha, Beta, Bias float32
}

// Run computes the share s of the rows of one image. dst must share no memory with src.
func (n *LRN) Run(dst, src []float32, s Share) {
	from, to := s.Of(n.In.H)
	block, scale := n.In.BlockStride(), n.Alpha/float32(n.Size)
	at := func(start, c int) int { return start + c/Lanes*block + c%Lanes }
	for y := from; y < to; y++ {
		for x := range n.In.W {
			start := n.In.Offset(0, y, x)
			for c := range n.In.C {
				first, last := max(0, c-(n.Size-1)/2), min(n.In.C-1, c+n.Size/2)
				var sum float32
				for k := first; k <= last; k++ {
					v := src[at(start, k)]
					sum += float32(v * v)
				}
				sum = n.Bias + float32(scale*sum)
				dst[n.Out.Offset(c/Lanes, y, x)+c%Lanes] = src[at(start, c)] / n.power(sum)
			}
		}
	}
}

// power is v to the power of Beta.
func (n *LRN) power(v float32) float32 {
	root := func(v float32) float32 { return float32(math.Sqrt(float64(v))) }
	switch n.Beta {
	case 0.5:
		return root(v)
	case 0.75:
		r := root(v)
		return r * root(r)
	}
	return v
}
