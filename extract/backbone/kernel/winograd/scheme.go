package winograd

// A Shape is the shape of a convolution's weights [Out, In, Kernel, Kernel], its
// stride along both axes, and its padding, which is always (Kernel−1)/2.
type Shape struct {
	Out, In, Kernel, Stride int
}

// Supported reports whether this package computes such a convolution: 3×3 at
// stride 1 or 2. For the 7×7 one at stride 2 see [Stem].
func (s Shape) Supported() bool {
	return s.Out > 0 && s.In > 0 && s.Kernel == 3 && (s.Stride == 1 || s.Stride == 2)
}

func (s Shape) scheme() *scheme {
	switch {
	case !s.Supported():
		panic("winograd: unsupported shape")
	case s.Stride == 1:
		return &stride1
	}
	return &stride2
}

// A scheme is how a strided convolution becomes a sum of Winograd convolutions at
// stride 1, one for each phase of the input: the samples stride·j + offset.
type scheme struct {
	taps   int // of the longest phase along one axis
	stride int
	axis   []axisPhase
}

// An axisPhase is one phase along one axis. Its taps are the kernel's elements
// first, first+stride, …. A short phase has one tap fewer than the scheme; with
// its last tap 0 it is computed like the others, and has no product at ∞.
type axisPhase struct {
	offset int // of sample 0, in pixels, from stride × the output's coordinate
	first  int
	short  bool
}

var (
	stride1 = scheme{taps: 3, stride: 1, axis: []axisPhase{{offset: -1}}}
	stride2 = scheme{taps: 2, stride: 2, axis: []axisPhase{{offset: -1}, {offset: 0, first: 1, short: true}}}
	// The stem's phases are channels of the image that it makes for itself.
	stem = scheme{taps: 4, stride: 1, axis: []axisPhase{{}}}
)

// points is the number of products, and of samples, along one axis.
func (s *scheme) points() int { return tileSize + s.taps - 1 }

// lastSample is the index of the last sample that matters along an axis.
func (s *scheme) lastSample(short bool) int {
	if short {
		return s.points() - 2
	}
	return s.points() - 1
}

// A phase is one phase of the plane.
type phase struct{ y, x axisPhase }

// phases are in such an order that those that need a product are neighbours,
// whichever product it is; compare [class].
func (s *scheme) phases() []phase {
	full := s.axis[0]
	if len(s.axis) == 1 {
		return []phase{{full, full}}
	}
	short := s.axis[1]
	return []phase{{short, full}, {full, full}, {full, short}, {short, short}}
}

// A span is a range of neighbours.
type span struct{ from, to int }

// phasesOf are the phases that have a product at position (i, j), from 0 to
// points−1, the last being ∞.
func (s *scheme) phasesOf(i, j int) span {
	if len(s.axis) == 1 {
		return span{0, 1}
	}
	return neighbours(i == s.points()-1, j == s.points()-1)
}

// classesOf are the classes of tiles that need the product at position (i, j).
func (s *scheme) classesOf(i, j int) span {
	return neighbours(i == s.points()-1, j == s.points()-1)
}

// neighbours picks, out of rows × columns that are short × full, full × full, full
// × short and short × short, those that are full along each axis whose product is
// the one at ∞.
func neighbours(rowAtInfinity, colAtInfinity bool) span {
	switch {
	case rowAtInfinity && colAtInfinity:
		return span{1, 2}
	case rowAtInfinity:
		return span{1, 3}
	case colAtInfinity:
		return span{0, 2}
	}
	return span{0, 4}
}
