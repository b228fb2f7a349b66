package kernel

// clamp is min(max(v, lo), hi) that keeps a NaN, as MAXPS and MINPS with the
// bound as their first operand.
func clamp(v, lo, hi float32) float32 {
	if lo > v {
		v = lo
	}
	if hi < v {
		v = hi
	}
	return v
}

// directGeneric defines what the assembly of the direct convolution computes.
func (d *Direct) directGeneric(dst, src, res []float32, pixels []pixel, p *panel) {
	step, block := d.weightSteps(*p)
	for b := range p.blocks {
		bias := d.bias[(p.block+b)*Lanes:][:Lanes]
		outBlock, resBlock := (p.block+b)*d.out.BlockStride(), (p.block+b)*d.res.BlockStride()
		for i := range len(pixels) * d.run {
			px, r := pixels[i/d.run], i%d.run*Lanes
			var acc [Lanes]float32
			weights := p.weights[b*block:]
			for t, tap := range p.taps {
				in := src[int(px.in)+int(tap)+r*d.conv.StrideW:]
				for i := range p.width {
					w := weights[(t*p.width+i)*step:][:Lanes]
					for l := range acc {
						x := i
						if p.group > 0 {
							x += l / p.group * p.group // the channel of the lane's own group
						}
						acc[l] = FMA(in[x], w[l], acc[l])
					}
				}
			}
			out := dst[int(px.out)+outBlock+r:][:Lanes]
			for l := range acc {
				acc[l] += bias[l]
			}
			if len(res) > 0 {
				r := res[int(px.res)+resBlock+r:][:Lanes]
				for l := range acc {
					acc[l] += r[l]
				}
			}
			for l := range acc {
				out[l] = clamp(acc[l], d.conv.Lo, d.conv.Hi)
			}
		}
	}
}
