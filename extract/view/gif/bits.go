package gif

import "encoding/binary"

// bitReader reads codes of a few bits, the lowest first, across blocks that each
// begin with their size. It opens a block only when a code needs it, and only as a whole.
type bitReader struct {
	block, rest []byte // what is left of the block, and after it
	acc         uint64 // bits that were read but not used
	n           uint   // number of them that count
}

// fill makes at least want bits available, want at most 16. It reports false if the file
// ends before.
func (r *bitReader) fill(want uint) bool {
	for r.n < want {
		switch {
		case len(r.block) >= 8:
			// Of the 8 bytes, those that fit count. Bits of the others may lie above
			// them, and are written once more, with the same values.
			r.acc |= binary.LittleEndian.Uint64(r.block) << r.n
			whole := (63 - r.n) / 8
			r.block = r.block[whole:]
			r.n += 8 * whole
		case len(r.block) > 0:
			r.acc |= uint64(r.block[0]) << r.n
			r.block = r.block[1:]
			r.n += 8
		default:
			if len(r.rest) == 0 || len(r.rest) < 1+int(r.rest[0]) {
				return false
			}
			end := 1 + int(r.rest[0])
			r.block, r.rest = r.rest[1:end], r.rest[end:]
		}
	}
	return true
}
