package cache

import (
	"encoding/binary"

	"featurecache/cache/folder"
)

// A group is a run of consecutive views of one image in consecutive slots of a block. A
// row, the list of a block's groups, says which features the block holds.
type group struct {
	content folder.Content
	view    uint32 // the first
	count   int
}

// groupKeys joins adjacent keys of consecutive views of one image into groups.
func groupKeys(keys []Key) []group {
	var gs []group
	for _, k := range keys {
		if n := len(gs) - 1; n >= 0 && gs[n].content == k.Content && gs[n].view+uint32(gs[n].count) == k.View {
			gs[n].count++
			continue
		}
		gs = append(gs, group{k.Content, k.View, 1})
	}
	return gs
}

// appendRow encodes a row: for each image its hash and the number of its groups minus
// one, and for each group the first view and the number of views minus one.
func appendRow(dst []byte, gs []group) []byte {
	for len(gs) > 0 {
		n := 1
		for n < len(gs) && gs[n].content == gs[0].content {
			n++
		}
		dst = append(dst, gs[0].content[:]...)
		dst = binary.AppendUvarint(dst, uint64(n-1))
		for _, g := range gs[:n] {
			dst = binary.AppendUvarint(dst, uint64(g.view))
			dst = binary.AppendUvarint(dst, uint64(g.count-1))
		}
		gs = gs[n:]
	}
	return dst
}

// decodeRow returns a row's groups and the number of features that they cover. It
// appends the groups to reuse[:0].
func decodeRow(reuse []group, b []byte) (gs []group, n int, err error) {
	gs = reuse[:0]
	d := decoder{b: b}
	for len(d.b) > 0 && !d.bad {
		var c folder.Content
		d.fixed(c[:])
		groups := d.uvarint() + 1
		// Each group takes at least two bytes.
		if groups == 0 || groups > uint64(len(d.b)/2) {
			return nil, 0, errEncoding
		}
		for range groups {
			view, more := d.uvarint(), d.uvarint()
			if d.bad || more >= maxBlock || view+more > 1<<32-1 || n+int(more) >= maxBlock {
				return nil, 0, errEncoding
			}
			gs = append(gs, group{c, uint32(view), int(more) + 1})
			n += int(more) + 1
		}
	}
	if d.bad || n == 0 {
		return nil, 0, errEncoding
	}
	return gs, n, nil
}
