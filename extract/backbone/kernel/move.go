package kernel

import "slices"

// Moves are a layer that only moves elements: it picks, joins, reorders, transposes or
// repeats them. They are resolved once, for the layouts at hand, into the fewest moves of
// equally spaced elements: rows of whole pixels where the layer moves pixels or blocks of
// channels, columns where it exchanges pixels and channels, single elements in the worst
// case. It is immutable.
type Moves struct {
	list  []move
	first []int32 // the first move of each channel block of the result, and the end
}

// A move copies n adjacent floats at to from those at from, from+step, …; a negative from
// means zeros.
type move struct{ to, from, step, n int32 }

// NewMoves makes, for each input of a layer with several, the moves that it takes part in;
// nil for an input that nothing is read from. Element i of out, of [C,H,W] row-major, is
// element from[i] of the inputs, which are counted one after another, or 0 if from[i] is −1.
func NewMoves(out Layout, in []Layout, from []int32) []*Moves {
	all := make([]*Moves, len(in))
	base, zeros := int32(0), slices.Contains(from, -1)
	for i, l := range in {
		n := int32(l.C * l.H * l.W)
		m := newMoves(out, l, from, base, zeros)
		if base += n; len(m.list) > 0 {
			all[i], zeros = m, false
		}
	}
	return all
}

// NewReading makes the moves that bring the elements of in into the layout out: element i
// of out is element from[i] of in, of [C,H,W] row-major.
func NewReading(out, in Layout, from []int32) *Moves { return newMoves(out, in, from, 0, true) }

// newMoves are the moves of the elements base, … of from, which are those of in. zeros
// means that they make the zeros too.
func newMoves(out, in Layout, from []int32, base int32, zeros bool) *Moves {
	m, plane, offset := &Moves{}, out.H*out.W, offsets(in)
	for cb := range Blocks(out.C) {
		m.first = append(m.first, int32(len(m.list)))
		for p := range plane {
			to := int32(out.Offset(cb, p/out.W, p%out.W))
			have := min(Lanes, out.C-cb*Lanes)
			for l := range have {
				at := from[(cb*Lanes+l)*plane+p]
				switch {
				case at >= base && int(at-base) < len(offset):
					m.add(to+int32(l), offset[at-base])
				case at < 0 && zeros:
					m.add(to+int32(l), -1)
				}
			}
			if have < Lanes && !m.fill(to+int32(have), Lanes-have, in) && zeros {
				for l := have; l < Lanes; l++ {
					m.add(to+int32(l), -1)
				}
			}
		}
	}
	m.first = append(m.first, int32(len(m.list)))
	m.list = slices.Clip(m.list)
	return m
}

// offsets is where the elements of a value lie, in its order.
func offsets(l Layout) []int32 {
	all := make([]int32, 0, l.C*l.H*l.W)
	for c := range l.C {
		for y := range l.H {
			at := int32(l.Offset(c/Lanes, y, 0) + c%Lanes)
			for x := range l.W {
				all = append(all, at+int32(x*Lanes))
			}
		}
	}
	return all
}

// add adds an element, to the last move if it continues it.
func (m *Moves) add(to, from int32) {
	if k := len(m.list) - 1; k >= int(m.first[len(m.first)-1]) {
		last := &m.list[k]
		switch {
		case to != last.to+last.n || (from < 0) != (last.from < 0):
		case from < 0:
			last.n++
			return
		case last.n == 1:
			last.step = from - last.from
			last.n++
			return
		case from == last.from+last.n*last.step:
			last.n++
			return
		case last.n == 2 && from == last.from+last.step+1: // better a row than a pair
			last.n, last.step = 1, 1
			m.list = append(m.list, move{to: to - 1, from: from - 1, step: 1, n: 2})
			return
		}
	}
	m.list = append(m.list, move{to: to, from: from, step: 1, n: 1})
}

// fill extends the last move over the missing channels of a pixel, at to, if it reads
// missing channels there, which are zeros as those of the result are. So it can go on with
// the next pixel.
func (m *Moves) fill(to int32, missing int, in Layout) bool {
	if len(m.list) == int(m.first[len(m.first)-1]) || in.C%Lanes != Lanes-missing {
		return false
	}
	last := &m.list[len(m.list)-1]
	next, start := int(last.from+last.n), (Blocks(in.C)-1)*in.BlockStride()
	if last.to+last.n != to || last.from < 0 || last.step != 1 || next < start || next%Lanes != Lanes-missing {
		return false
	}
	last.n += int32(missing)
	return true
}

// Run makes the share s of the channels of one image. dst must share no memory with src.
func (m *Moves) Run(dst, src []float32, s Share) {
	from, to := s.Of(len(m.first) - 1)
	m.blocks(dst, src, from, to, 0)
}

// blocks makes the blocks from, …, to−1 of the channels. dst begins at float start.
func (m *Moves) blocks(dst, src []float32, from, to, start int) {
	for i := m.first[from]; i < m.first[to]; i++ {
		v := &m.list[i]
		out := dst[int(v.to)-start:][:v.n]
		switch {
		case v.from < 0:
			clear(out)
		case v.step == 1 && v.n == Lanes:
			*(*[Lanes]float32)(out) = *(*[Lanes]float32)(src[v.from:])
		case v.step == 1:
			copy(out, src[v.from:])
		case v.step == 0:
			x := src[v.from]
			for k := range out {
				out[k] = x
			}
		default:
			at := v.from
			for k := range out {
				out[k] = src[at]
				at += v.step
			}
		}
	}
}

// Bytes is the size of the list.
func (m *Moves) Bytes() int { return 16 * len(m.list) }
