package view

import (
	"encoding/binary"
	"math"
)

// tagOrientation is the TIFF tag of the orientation (TIFF 6.0, section 8).
const tagOrientation = 0x0112

// Types of values in TIFF files (TIFF 6.0, section 2).
const (
	tiffShort          = 3
	tiffLong           = 4
	tiffRational       = 5
	tiffSignedByte     = 6
	tiffSignedShort    = 8
	tiffSignedLong     = 9
	tiffSignedRational = 10
	tiffFloat          = 11
	tiffDouble         = 12
	tiffIFD            = 13
	tiffLong8          = 16
)

// tiffSizes holds the sizes of the types' values in bytes. Entries of other types are
// skipped.
var tiffSizes = [...]int64{
	1: 1, 2: 1, tiffShort: 2, tiffLong: 4, tiffRational: 8, tiffSignedByte: 1, 7: 1, tiffSignedShort: 2,
	tiffSignedLong: 4, tiffSignedRational: 8, tiffFloat: 4, tiffDouble: 8, tiffIFD: 4, tiffLong8: 8,
}

// tiffOrientation reads the orientation from the first directory of TIFF-structured
// data. It reports whether there is one; data that Pillow cannot read at all count as an
// orientation of 0.
func tiffOrientation(tiff []byte) (value int, given bool) {
	if len(tiff) < 8 {
		return 0, true
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00", "II\x00*": // Pillow accepts the number in either order
		order = binary.LittleEndian
	case "MM\x00*", "MM*\x00", "MM\x00+":
		order = binary.BigEndian
	default:
		return 0, true
	}
	d := tiffDirectory{tiff: tiff, order: order, seen: map[uint16]bool{}}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return 0, false
	}
	entries := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		if len(entries) < 12 {
			break
		}
		data, ok := d.entry(entries[:12])
		if !ok {
			break
		}
		if data != nil && order.Uint16(entries) == tagOrientation {
			return tiffValue(order, order.Uint16(entries[2:]), data), true
		}
		entries = entries[12:]
	}
	return 0, false
}

// tiffDirectory is the state of reading a directory as Pillow does. Of entries with the
// same tag the first one counts.
type tiffDirectory struct {
	tiff  []byte
	order binary.ByteOrder
	seen  map[uint16]bool
	total int64 // bytes of all values that do not fit their entries
}

// entry returns an entry's data, or nil if the entry does not count. It reports false
// if the data lie beyond the end, where Pillow stops reading.
func (d *tiffDirectory) entry(e []byte) (data []byte, ok bool) {
	tag, kind := d.order.Uint16(e), d.order.Uint16(e[2:])
	if d.seen[tag] || int(kind) >= len(tiffSizes) || tiffSizes[kind] == 0 {
		return nil, true
	}
	size := int64(d.order.Uint32(e[4:])) * tiffSizes[kind]
	data = e[8:]
	if size > 4 {
		if d.total += size; d.total > int64(len(d.tiff)) {
			return nil, true
		}
		offset := int64(d.order.Uint32(data))
		if offset+size > int64(len(d.tiff)) {
			return nil, false
		}
		data = d.tiff[offset:]
	}
	if size == 0 {
		return nil, true
	}
	d.seen[tag] = true
	return data[:size], true
}

// tiffValue returns the first value if it is a whole number that can be an orientation,
// else 0. Pillow takes numbers of all types but BYTE, which it keeps as bytes.
func tiffValue(order binary.ByteOrder, kind uint16, data []byte) int {
	v := 0.0
	switch kind {
	case tiffShort:
		v = float64(order.Uint16(data))
	case tiffSignedShort:
		v = float64(int16(order.Uint16(data)))
	case tiffLong, tiffIFD:
		v = float64(order.Uint32(data))
	case tiffSignedLong:
		v = float64(int32(order.Uint32(data)))
	case tiffLong8:
		v = float64(order.Uint64(data))
	case tiffSignedByte:
		v = float64(int8(data[0]))
	case tiffFloat:
		v = float64(math.Float32frombits(order.Uint32(data)))
	case tiffDouble:
		v = math.Float64frombits(order.Uint64(data))
	case tiffRational:
		v = float64(order.Uint32(data)) / float64(order.Uint32(data[4:]))
	case tiffSignedRational:
		v = float64(int32(order.Uint32(data))) / float64(int32(order.Uint32(data[4:])))
	}
	for o := 1; o <= 8; o++ {
		if v == float64(o) {
			return o
		}
	}
	return 0
}
