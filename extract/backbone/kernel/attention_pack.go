package kernel

// The operands of an attention's products are packed into the order in which the kernels
// read them.

// packKeys makes the weights of the scores, [keys/16][channels][16]. What fills the last
// vector is the last key again.
func (r *attentionRun) packKeys(g *attentionGroup, h *attentionHead) {
	n := whole(r.D, attentionLane) * Lanes
	for b := range g.keyBlocks() {
		dst, at := r.keys[b*n:][:n], g.k[b*Lanes:][:Lanes]
		if !h.kWhole || !transposeKeys(r.level, dst, r.k, at, h.k) {
			for c, from := range h.k {
				for l, pixel := range at {
					dst[c*Lanes+l] = r.k[pixel+from]
				}
			}
		}
		clear(dst[r.D*Lanes:])
	}
}

// packValues makes the weights of the results, [channels/16][keys][16].
func (r *attentionRun) packValues(g *attentionGroup, h *attentionHead) {
	n := whole(g.keys, attentionLane) * Lanes
	for b := range Blocks(r.DV) {
		clear(r.values[b*n:][g.keys*Lanes : n])
	}
	if h.vWhole && copyRows(r.level, r.values, r.v, g.v, h.v, n, 1) {
		return
	}
	for i, pixel := range g.v {
		for c, from := range h.v {
			r.values[c/Lanes*n+i*Lanes+c%Lanes] = r.v[pixel+from]
		}
	}
}

// packQueries makes the left side of the scores, in tiles, and multiplies it by Scale.
func (r *attentionRun) packQueries(g *attentionGroup, h *attentionHead, t attentionTiling, from int) {
	t.each(func(size, tiles, first int) {
		n := Blocks(r.D) * Lanes * size
		for i := range tiles {
			dst := r.queries[first*Blocks(r.D)*Lanes+i*n:][:n]
			at := g.q[from+first+i*size:][:size]
			if !h.qWhole || !copyRows(r.level, dst, r.q, at, h.q, size*Lanes, r.Scale) {
				for j, pixel := range at {
					for c, from := range h.q {
						dst[(c/Lanes*size+j)*Lanes+c%Lanes] = r.q[pixel+from] * r.Scale
					}
				}
			}
			for c := r.D; c < whole(r.D, attentionLane); c++ {
				for j := range size {
					dst[(c/Lanes*size+j)*Lanes+c%Lanes] = 0
				}
			}
		}
	})
}
