package gif

// reader reads a file from front to back.
type reader struct{ data []byte }

// next returns the next n bytes. If fewer are left, it takes none.
func (r *reader) next(n int) (b []byte, ok bool) {
	if len(r.data) < n {
		return nil, false
	}
	b, r.data = r.data[:n:n], r.data[n:]
	return b, true
}

// block returns the next block of an extension. It is nil for an empty block and at the
// end of the file, and short if the file ends in it.
func (r *reader) block() []byte {
	size, ok := r.next(1)
	if !ok || size[0] == 0 {
		return nil
	}
	b, _ := r.next(min(int(size[0]), len(r.data)))
	return b
}

// palette reads the palette that flags announce. It returns nil if there is none, or if
// each entry i is the grey i, for then no palette is needed.
func (r *reader) palette(flags byte) (p []byte, ok bool) {
	if flags&flagPalette == 0 {
		return nil, true
	}
	p, ok = r.next(3 << (flags&7 + 1))
	for i, sample := range p {
		if int(sample) != i/3 {
			return p, ok
		}
	}
	return nil, ok
}
