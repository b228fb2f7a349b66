package graph

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// listed is a view as the list of all its indices, row-major: what each operation on views
// is by definition.
type listed struct {
	dims []int64
	at   []int32
}

// remap makes a list of other dims, whose element of the index to is the one of the index
// that from gives; nowhere if it gives nil.
func (x listed) remap(dims []int64, from func(to []int64) []int64) listed {
	y := listed{dims: dims}
	n, _ := count(dims)
	for i := range n {
		at := from(indexOf(i, dims))
		if at == nil {
			y.at = append(y.at, nowhere)
			continue
		}
		k := int64(0)
		for a, d := range x.dims {
			k = k*d + at[a]
		}
		y.at = append(y.at, x.at[k])
	}
	return y
}

// indexOf is the index of the i-th element of dims.
func indexOf(i int64, dims []int64) []int64 {
	index := make([]int64, len(dims))
	for a := len(dims) - 1; a >= 0; a-- {
		index[a], i = i%dims[a], i/dims[a]
	}
	return index
}

// mover applies random operations to a view and to its list.
type mover struct {
	rng  *rand.Rand
	view view
	list listed
}

func (m *mover) transpose() {
	perm := make([]int64, len(m.list.dims))
	for i, a := range m.rng.Perm(len(perm)) {
		perm[i] = int64(a)
	}
	dims := make([]int64, len(perm))
	for i, a := range perm {
		dims[i] = m.list.dims[a]
	}
	m.view = m.view.transpose(m.list.dims, perm)
	m.list = m.list.remap(dims, func(to []int64) []int64 {
		from := make([]int64, len(to))
		for i, a := range perm {
			from[a] = to[i]
		}
		return from
	})
}

func (m *mover) reshape() {
	dims := slices.Clone(m.list.dims)
	for range 1 + m.rng.IntN(3) {
		i := 0
		if len(dims) > 0 {
			i = m.rng.IntN(len(dims))
		}
		switch {
		case m.rng.IntN(2) == 0 && i+1 < len(dims):
			dims = slices.Replace(dims, i, i+2, dims[i]*dims[i+1])
		case len(dims) == 0 || m.rng.IntN(4) == 0 && len(dims) < 7:
			dims = slices.Insert(dims, i, 1)
		case dims[i] == 1:
			dims = slices.Delete(dims, i, i+1)
		case len(dims) < 7:
			f := 1 + m.rng.Int64N(dims[i])
			for dims[i]%f != 0 {
				f--
			}
			dims = slices.Replace(dims, i, i+1, f, dims[i]/f)
		}
	}
	m.view = m.view.reshape(m.list.dims, dims)
	m.list.dims = dims
}

// choice is a random list of elements of an axis, some of them perhaps nowhere.
func (m *mover) choice(size int64) []int {
	list := make([]int, 1+m.rng.IntN(int(size)+1))
	kind := m.rng.IntN(5)
	for i := range list {
		switch {
		case kind == 0 && m.rng.IntN(3) == 0:
			list[i] = nowhere
		case kind < 3:
			list[i] = m.rng.IntN(int(size))
		default: // a roll or a slice, which repeats no element at once
			list[i] = (i + kind) % int(size)
		}
	}
	return list
}

func (x listed) pick(axis int, list []int) listed {
	dims := slices.Clone(x.dims)
	dims[axis] = int64(len(list))
	return x.remap(dims, func(to []int64) []int64 {
		if list[to[axis]] == nowhere {
			return nil
		}
		from := slices.Clone(to)
		from[axis] = int64(list[to[axis]])
		return from
	})
}

func (m *mover) pick() {
	if len(m.list.dims) == 0 {
		return
	}
	axis := m.rng.IntN(len(m.list.dims))
	list := m.choice(m.list.dims[axis])
	m.view, m.list = m.view.pick(m.list.dims, axis, list), m.list.pick(axis, list)
}

// append joins two random parts of the view, which may differ in another axis too.
func (m *mover) append() {
	if len(m.list.dims) == 0 {
		return
	}
	axis, other := m.rng.IntN(len(m.list.dims)), m.rng.IntN(len(m.list.dims))
	a, b := m.list, m.list
	v, w := m.view, m.view
	for _, side := range []struct {
		x *listed
		v *view
	}{{&a, &v}, {&b, &w}} {
		list := m.choice(side.x.dims[axis])
		*side.v, *side.x = side.v.pick(side.x.dims, axis, list), side.x.pick(axis, list)
		if other != axis && m.rng.IntN(3) == 0 { // one element of another axis, at another place in each
			one := []int{m.rng.IntN(int(side.x.dims[other]))}
			one = slices.Repeat(one, int(m.list.dims[other]))
			*side.v, *side.x = side.v.pick(side.x.dims, other, one), side.x.pick(other, one)
		}
	}
	joined, ok := v.append(w, a.dims, b.dims, axis)
	dims := slices.Clone(a.dims)
	dims[axis] += b.dims[axis]
	n, _ := count(dims)
	if !ok || n > 2000 {
		return
	}
	both := listed{dims: dims}
	for i := range n {
		at := indexOf(i, dims)
		x := a
		if at[axis] >= a.dims[axis] {
			at[axis] -= a.dims[axis]
			x = b
		}
		both.at = append(both.at, x.remap([]int64{1}, func([]int64) []int64 { return at }).at[0])
	}
	m.view, m.list = joined, both
}

// TestViewAlgebra applies random operations to views, and to lists of all their elements.
func TestViewAlgebra(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	appended, grids, differ := 0, 0, 0
	for range 600 {
		s := Shape{1 + rng.IntN(4), 1 + rng.IntN(3), 1 + rng.IntN(4)}
		dims := []int64{1, int64(s.C), int64(s.H), int64(s.W)}
		m := &mover{rng: rng, view: natural(dims), list: listed{dims: dims}}
		for i := range s.Len() {
			m.list.at = append(m.list.at, int32(i))
		}
		for range 1 + rng.IntN(7) {
			before := m.list
			switch rng.IntN(4) {
			case 0:
				m.transpose()
			case 1:
				m.reshape()
			case 2:
				if len(m.list.at) < 300 {
					m.pick()
				}
			case 3:
				if len(m.list.at) < 300 {
					m.append()
				}
				if len(m.list.at) != len(before.at) {
					appended++
				}
			}
			if got := m.view.table(m.list.dims); !slices.Equal(got, m.list.at) {
				t.Fatalf("the view of %v, from %v:\n got %v\nwant %v", m.list.dims, before.dims, got, m.list.at)
			}
		}
		m.check(t, s, &grids)
		if other := m.view.transpose(m.list.dims, inverse(cycle(len(m.list.dims)))); len(m.list.dims) > 1 {
			turned := m.list.remap(turnedDims(m.list.dims), func(to []int64) []int64 { return append(slices.Clone(to[1:]), to[0]) })
			if slices.Equal(turned.dims, m.list.dims) {
				if want := slices.Equal(turned.at, m.list.at); other.same(m.view, m.list.dims) != want || m.view.same(other, m.list.dims) != want {
					t.Fatalf("same is %v for %v and %v", !want, other, m.view)
				}
				differ++
			}
		}
	}
	if appended < 50 || grids < 50 || differ < 10 {
		t.Errorf("%d views were appended, %d were grids, %d were compared", appended, grids, differ)
	}
}

// cycle is the permutation that puts the first axis last.
func cycle(rank int) []int64 {
	p := make([]int64, rank)
	for i := range p {
		p[i] = int64((i + 1) % rank)
	}
	return p
}

// turnedDims are dims with the last axis first.
func turnedDims(dims []int64) []int64 {
	return append([]int64{dims[len(dims)-1]}, dims[:len(dims)-1]...)
}

// check compares what is asked of views with what their lists say.
func (m *mover) check(t *testing.T, s Shape, grids *int) {
	dims, at := m.list.dims, m.list.at
	if got := m.view.factor(dims).table(dims); !slices.Equal(got, at) {
		t.Fatalf("the factored view of %v:\n got %v\nwant %v", dims, got, at)
	}
	if !m.view.same(m.view.factor(dims), dims) {
		t.Fatalf("the factored view of %v isn't the same", dims)
	}
	own := make([]int32, len(at))
	for i := range own {
		own[i] = int32(i)
	}
	if got, want := m.view.strided(dims, steps(dims)), slices.Equal(own, at); got != want {
		t.Fatalf("strided is %v for %v: %v", got, dims, at)
	}
	x := operand{val: &Value{Shape: s}, dims: dims, view: m.view}
	plane := s.H * s.W
	g, ok := x.grid()
	if ok {
		*grids++
		for i := range at {
			index := indexOf(int64(i), dims)
			number := func(p part) int32 {
				k := int64(0)
				for _, a := range p.axes {
					k = k*dims[a] + index[a]
				}
				return p.at[k]
			}
			if c, p := number(g.channels), number(g.pixels); int(c)*plane+int(p) != int(at[i]) {
				t.Fatalf("element %v of the grid is channel %d at pixel %d, want %d of %v", index, c, p, at[i], s)
			}
		}
		if !g.view(plane).same(m.view, dims) {
			t.Fatalf("the view of the grid isn't the grid's")
		}
	}
	if x.complete() && !permutes(at, s.Len()) {
		t.Fatalf("%v is not complete: %v", dims, at)
	}
	for axis := range dims {
		if !x.tokens(axis) {
			continue
		}
		if dims[axis] != int64(s.C) || !permutes(at, s.Len()) {
			t.Fatalf("%v are no tokens of %v", at, s)
		}
		for i := range at {
			if index := indexOf(int64(i), dims); int(at[i])/plane != int(index[axis]) {
				t.Fatalf("element %v of the tokens is in channel %d", index, int(at[i])/plane)
			}
		}
	}
}
