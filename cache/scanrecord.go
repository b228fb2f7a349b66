package cache

import (
	"encoding/binary"
	"time"
)

// A scanRecord is a scan as stored, with its lists as references to chunks.
type scanRecord struct {
	ScanSummary
	classes []string
	lists   [chunkKinds][]chunkRef // of images, bad images, ignored files
}

func (r *scanRecord) encode() []byte {
	b := appendText(nil, r.Root)
	b = binary.AppendVarint(b, r.Time.UnixNano())
	b = binary.AppendUvarint(b, uint64(r.Views))
	b = binary.LittleEndian.AppendUint64(b, r.Seed)
	for _, n := range []int{r.Train, r.Val, r.Bad, r.Ignored} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(len(r.classes)))
	for _, c := range r.classes {
		b = appendText(b, c)
	}
	for _, refs := range r.lists {
		b = binary.AppendUvarint(b, uint64(len(refs)))
		for _, ref := range refs {
			b = append(b, ref[:]...)
		}
	}
	return b
}

// room is the number of entries of a kind to allocate for: the record's count, limited
// to what its chunks can hold, so that a wrong count doesn't exhaust memory.
func (r *scanRecord) room(count int, kind byte) int {
	return min(count, len(r.lists[kind])*chunkMax)
}

func decodeScanRecord(b []byte) (*scanRecord, error) {
	d := decoder{b: b}
	r := new(scanRecord)
	r.Root = d.text()
	r.Time = time.Unix(0, d.varint())
	r.Views = d.int()
	r.Seed = d.uint64()
	r.Train, r.Val, r.Bad, r.Ignored = d.int(), d.int(), d.int(), d.int()
	r.Classes = d.count(1)
	for range r.Classes {
		r.classes = append(r.classes, d.text())
	}
	for i := range r.lists {
		for range d.count(len(chunkRef{})) {
			var ref chunkRef
			d.fixed(ref[:])
			r.lists[i] = append(r.lists[i], ref)
		}
	}
	return r, d.finish()
}

// int reads a number that fits an int on every machine.
func (d *decoder) int() int {
	n := d.uvarint()
	if n > 1<<31-1 {
		d.bad = true
		return 0
	}
	return int(n)
}
