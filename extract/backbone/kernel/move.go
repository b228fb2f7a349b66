package kernel

// Moves are a layer that only moves elements: it picks, joins, reorders, transposes or
// repeats them. They are resolved once, for the layouts at hand, into few moves of equally
// spaced elements: rows of whole pixels where the layer moves pixels or blocks of channels,
// one channel of a row of pixels where it moves channels, columns where it exchanges pixels
// and channels, single elements in the worst case. It is immutable.
type Moves struct {
	list  []move
	first []int32 // the first move of each channel block of the result, and the end
}

// A move copies n floats from those at from, from+step, … to to, to+across, …; a negative
// from means zeros.
type move struct{ to, from, across, step, n int32 }

// NewMoves makes, for each input of a layer with several, the moves that it takes part in;
// nil for an input that nothing is read from. Element i of out, of [C,H,W] row-major, is
// element from[i] of the inputs, which are counted one after another, or 0 if from[i] is −1.
func NewMoves(out Layout, in []Layout, from []int32) []*Moves {
	all := make([]*Moves, len(in))
	base, zeros := int32(0), true
	for i, l := range in {
		m := newMoves(out, l, from, base, zeros)
		base += int32(l.C * l.H * l.W)
		if m.moves || zeros && len(m.list) > 0 && i == len(in)-1 {
			all[i], zeros = &m.Moves, false
		}
	}
	return all
}

// NewReading makes the moves that bring the elements of in into the layout out: element i
// of out is element from[i] of in, of [C,H,W] row-major.
func NewReading(out, in Layout, from []int32) *Moves { return &newMoves(out, in, from, 0, true).Moves }

// Run makes the share s of the channels of one image. dst must share no memory with src.
func (m *Moves) Run(dst, src []float32, s Share) {
	from, to := s.Of(len(m.first) - 1)
	m.blocks(dst, src, from, to, 0)
}

// blocks makes the blocks from, …, to−1 of the channels. dst begins at float start.
func (m *Moves) blocks(dst, src []float32, from, to, start int) {
	list := m.list[m.first[from]:m.first[to]]
	for i := range list {
		v := &list[i]
		at := int(v.to) - start
		switch {
		case v.across != 1:
			v.column(dst[at:], src)
		case v.from < 0:
			clear(dst[at:][:v.n])
		case v.step == 1 && v.n == Lanes:
			*(*[Lanes]float32)(dst[at:]) = *(*[Lanes]float32)(src[v.from:])
		case v.step == 1:
			copy(dst[at:][:v.n], src[v.from:])
		default:
			out, from, step := dst[at:][:v.n], int(v.from), int(v.step)
			for k := range out {
				out[k] = src[from]
				from += step
			}
		}
	}
}

// column moves to floats that are not adjacent.
func (v *move) column(dst, src []float32) {
	across, from, step := int(v.across), int(v.from), int(v.step)
	if from < 0 {
		for k := range int(v.n) {
			dst[k*across] = 0
		}
		return
	}
	for k := range int(v.n) {
		dst[k*across] = src[from]
		from += step
	}
}
