package cache

import (
	"fmt"
	"io"
)

// maxDepth limits the height of the tree of pages, nested buckets included. Real stores
// stay below ten.
const maxDepth = 64

// A pageCheck walks all pages that can be reached from the root and marks them as used.
type pageCheck struct {
	f        io.ReaderAt
	meta     meta
	pageSize int64
	used     bitmap
	free     bitmap
	buf      []byte
	problem  func(error) (goOn bool)
	stopped  error // the problem after which the walk ended
}

// checkPages walks the file's pages. Every reachable page must carry its own number, lie
// within the file, be referenced once and not be free, and its elements must lie within
// it. The order of keys is not checked, because a wrong order can mislead bbolt but not
// crash it. Each problem is passed to the callback; the walk ends when that returns
// false, and checkPages returns the problem.
func checkPages(f io.ReaderAt, size int64, problem func(error) (goOn bool)) error {
	m, err := readMeta(f, size)
	if err != nil {
		return err
	}
	c := &pageCheck{f: f, meta: m, pageSize: int64(m.pageSize), buf: make([]byte, m.pageSize), problem: problem}
	if m.pages < 4 || m.pages > uint64(size/c.pageSize) {
		return damaged("truncated: %d bytes, want %d pages of %d bytes", size, m.pages, m.pageSize)
	}
	c.used, c.free = newBitmap(m.pages), newBitmap(m.pages)
	c.used.set(0)
	c.used.set(1)
	c.checkFreelist()
	c.tree(m.root, 0)
	for id := uint64(0); id < m.pages && c.goesOn(); id++ {
		if !c.used.has(id) && !c.free.has(id) && m.freelist != noFreelist {
			c.report("page %d: neither used nor free", id)
		}
	}
	return c.stopped
}

func (c *pageCheck) goesOn() bool { return c.stopped == nil }

func (c *pageCheck) report(format string, args ...any) {
	err := damaged(format, args...)
	if !c.problem(err) && c.stopped == nil {
		c.stopped = err
	}
}

// A page is a page's header and the part of the page that has been read.
type page struct {
	id    uint64
	flags uint16
	count int
	size  int64 // in bytes, overflow pages included
	data  []byte
}

// read reads the first pageSize bytes of a page, and marks it and its overflow pages as
// used.
func (c *pageCheck) read(id uint64) (p page, ok bool) {
	if id < 2 || id >= c.meta.pages {
		c.report("page %d: not within the file's %d pages", id, c.meta.pages)
		return p, false
	}
	if _, err := c.f.ReadAt(c.buf, int64(id)*c.pageSize); err != nil {
		c.report("page %d: %w", id, err)
		return p, false
	}
	overflow := uint64(order.Uint32(c.buf[12:]))
	if got := order.Uint64(c.buf); got != id {
		c.report("page %d: its header says page %d", id, got)
		return p, false
	}
	if overflow >= c.meta.pages-id {
		c.report("page %d: extends past the end of the file", id)
		return p, false
	}
	for i := id; i <= id+overflow; i++ {
		if c.used.has(i) || c.free.has(i) {
			c.report("page %d: used twice, or listed as free", i)
			return p, false
		}
		c.used.set(i)
	}
	p = page{id, order.Uint16(c.buf[8:]), int(order.Uint16(c.buf[10:])), int64(overflow+1) * c.pageSize, c.buf}
	return p, true
}

// extend makes sure that the first n bytes of the page have been read.
func (c *pageCheck) extend(p *page, n int64) bool {
	if n > p.size {
		c.report("page %d: %d elements don't fit", p.id, p.count)
		return false
	}
	if n > int64(len(p.data)) {
		p.data = make([]byte, n)
		if _, err := c.f.ReadAt(p.data, int64(p.id)*c.pageSize); err != nil {
			c.report("page %d: %w", p.id, err)
			return false
		}
	}
	return true
}

// checkFreelist reads the freelist and marks its pages as free.
func (c *pageCheck) checkFreelist() {
	if c.meta.freelist == noFreelist {
		return
	}
	p, ok := c.read(c.meta.freelist)
	if !ok {
		return
	}
	if p.flags != freelistFlag {
		c.report("page %d: not a freelist page", p.id)
		return
	}
	at, n := int64(pageHeaderSize), int64(p.count)
	if n == 0xFFFF {
		n = int64(order.Uint64(p.data[pageHeaderSize:]))
		at += 8
	}
	if n < 0 || n > p.size/8 || !c.extend(&p, at+8*n) {
		c.report("page %d: %d free pages don't fit", p.id, n)
		return
	}
	for ids := p.data[at : at+8*n]; len(ids) > 0; ids = ids[8:] {
		id := order.Uint64(ids)
		if id < 2 || id >= c.meta.pages || c.used.has(id) || c.free.has(id) {
			c.report("page %d: the freelist has the bad page %d", p.id, id)
			return
		}
		c.free.set(id)
	}
}

// tree walks the pages of one bucket from its root.
func (c *pageCheck) tree(id uint64, depth int) {
	if !c.goesOn() {
		return
	}
	if depth > maxDepth {
		c.report("page %d: nested too deeply", id)
		return
	}
	p, ok := c.read(id)
	if !ok || !c.extend(&p, pageHeaderSize+elementSize*int64(p.count)) {
		return
	}
	switch p.flags {
	case branchFlag:
		c.branch(p, depth)
	case leafFlag:
		c.leaf(p, depth)
	default:
		c.report("page %d: unknown kind %#x", id, p.flags)
	}
}

func (c *pageCheck) branch(p page, depth int) {
	if p.count == 0 {
		c.report("page %d: a branch page without children", p.id)
		return
	}
	var children []uint64
	for i := range p.count {
		at := pageHeaderSize + elementSize*int64(i)
		e := p.data[at:]
		pos, key := int64(order.Uint32(e)), int64(order.Uint32(e[4:]))
		if at+pos+key > p.size {
			c.report("page %d: element %d extends past its end", p.id, i)
			return
		}
		children = append(children, order.Uint64(e[8:]))
	}
	for _, id := range children {
		c.tree(id, depth+1)
	}
}

func (c *pageCheck) leaf(p page, depth int) {
	var roots []uint64
	for i := range p.count {
		at := pageHeaderSize + elementSize*int64(i)
		e := p.data[at:]
		start := at + int64(order.Uint32(e[4:])) + int64(order.Uint32(e[8:]))
		size := int64(order.Uint32(e[12:]))
		if start+size > p.size {
			c.report("page %d: element %d extends past its end", p.id, i)
			return
		}
		if order.Uint32(e) == 0 {
			continue
		}
		root, err := c.bucket(p, start, size)
		if err != nil {
			c.report("page %d: element %d: %w", p.id, i, err)
			return
		}
		if root != 0 {
			roots = append(roots, root)
		}
	}
	for _, id := range roots {
		c.tree(id, depth+1)
	}
}

// bucket checks a bucket's entry in a leaf. The entry names the bucket's root page, or
// has a small page inline, which holds no further buckets; root is 0 then.
func (c *pageCheck) bucket(p page, start, size int64) (root uint64, err error) {
	if size < bucketHeader || size > c.pageSize {
		return 0, fmt.Errorf("a bucket entry of %d bytes", size)
	}
	b := make([]byte, size)
	if _, err := c.f.ReadAt(b, int64(p.id)*c.pageSize+start); err != nil {
		return 0, err
	}
	if root = order.Uint64(b); root != 0 {
		return root, nil
	}
	if b = b[bucketHeader:]; len(b) < pageHeaderSize || order.Uint16(b[8:]) != leafFlag {
		return 0, fmt.Errorf("a bucket without a page")
	}
	count := int(order.Uint16(b[10:]))
	if pageHeaderSize+elementSize*count > len(b) {
		return 0, fmt.Errorf("%d elements don't fit", count)
	}
	for i := range count {
		at := pageHeaderSize + elementSize*i
		e := b[at:]
		end := int64(at) + int64(order.Uint32(e[4:])) + int64(order.Uint32(e[8:])) + int64(order.Uint32(e[12:]))
		if order.Uint32(e) != 0 || end > int64(len(b)) {
			return 0, fmt.Errorf("element %d extends past its end", i)
		}
	}
	return 0, nil
}

// A bitmap is a set of page numbers.
type bitmap []uint64

func newBitmap(n uint64) bitmap    { return make(bitmap, n/64+1) }
func (b bitmap) set(i uint64)      { b[i/64] |= 1 << (i % 64) }
func (b bitmap) has(i uint64) bool { return b[i/64]>>(i%64)&1 == 1 }
