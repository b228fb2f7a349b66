package kernel

// attentionScratch are the sizes of an attention's memory in floats.
type attentionScratch struct {
	keys, values, queries, scores, factors, result int
}

// attentionMemory is what a head is computed in.
type attentionMemory struct {
	keys    []float32 // [keys/16][channels][16]
	values  []float32 // [channels/16][keys][16]
	queries []float32 // tiles, [channels/16][queries][16]
	scores  []float32 // tiles, [keys/16][queries][16]
	factors []float32 // for each query the reciprocal of its sum
	result  []float32 // [channels/16][queries][16]
}

// attentionFloats is the size of the scores that are computed together. They and the queries
// stay in the second-level cache, and the keys of a vector in the first.
const attentionFloats = 32 << 10 / 4

// plan chooses how many queries are computed together, and sizes the memory.
func (a *Attention) plan() {
	queries, blocks := 0, 0
	for i := range a.groups {
		queries, blocks = max(queries, a.groups[i].queries), max(blocks, a.groups[i].keyBlocks())
	}
	a.rows = min(max(1, attentionFloats/(blocks*Lanes*attentionUnit))*attentionUnit, whole(queries, attentionUnit))
	keys := blocks * Lanes
	a.scratch = attentionScratch{
		keys:    keys * whole(a.D, attentionLane),
		values:  keys * Blocks(a.DV) * Lanes,
		queries: a.rows * Blocks(a.D) * Lanes,
		scores:  a.rows * keys,
		factors: whole(a.rows, Lanes),
	}
	if a.DV%Lanes != 0 {
		a.scratch.result = a.rows * Blocks(a.DV) * Lanes
	}
	a.inOrder = make([]int32, a.rows)
	for i := range a.inOrder {
		a.inOrder[i] = int32(i * Lanes)
	}
	a.bytes += 4 * len(a.inOrder)
}

func (s attentionScratch) total() int {
	return s.keys + s.values + s.queries + s.scores + s.factors + s.result
}

// cut divides memory.
func (s attentionScratch) cut(v []float32) (m attentionMemory) {
	for _, p := range []struct {
		to *[]float32
		n  int
	}{{&m.keys, s.keys}, {&m.values, s.values}, {&m.queries, s.queries}, {&m.scores, s.scores}, {&m.factors, s.factors}, {&m.result, s.result}} {
		*p.to, v = v[:p.n:p.n], v[p.n:]
	}
	return m
}
