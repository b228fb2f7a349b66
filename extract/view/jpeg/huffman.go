package jpeg

import "fmt"

// lookBits is how many bits the look-ahead table decodes at once. Longer codes,
// a few in a thousand of a real file's, go through longCode.
const lookBits = 10

// A look-ahead entry describes a code of at most lookBits bits: bits 0–7 hold the length
// of the code and of the value bits after it together, bits 8–15 the code's own
// length, bits 16–23 the number of value bits, bits 24–31 the zero run before
// the value. Zero means that the code is longer.
type lookEntry uint32

func newLookEntry(symbol byte, length uint) lookEntry {
	run, size := uint(symbol>>4), uint(symbol&15)
	return lookEntry(length + size | length<<8 | size<<16 | run<<24)
}

// huffmanTable holds a table as transmitted, and the tables derived from it.
type huffmanTable struct {
	look    [1 << lookBits]lookEntry
	maxCode [17]int32  // largest code of each length, -1 where there is none
	offset  [17]int32  // index into values of a code, less the code
	values  [256]uint8 // symbols in order of code; as transmitted
	// The assembly depends on the layout of the fields up to here.

	counts  [17]uint8 // codes of each length, 1 to 16; as transmitted
	defined bool      // there is a table
	derived bool      // look, maxCode and offset are up to date
}

// readHuffmanTables reads a DHT segment (T.81 B.2.4.2).
func (d *Decoder) readHuffmanTables(body []byte) error {
	for len(body) > 16 {
		class, slot := body[0]>>4, body[0]&15
		total := 0
		for _, n := range body[1:17] {
			total += int(n)
		}
		if total > 256 || total > len(body)-17 {
			return fmt.Errorf("%d codes in %d bytes: %w", total, len(body)-17, ErrCorrupt)
		}
		if class > 1 || slot > 3 {
			return fmt.Errorf("class %d, table %d: %w", class, slot, ErrCorrupt)
		}
		d.huffman[class][slot].set(body[1:17], body[17:17+total])
		body = body[17+total:]
	}
	if len(body) != 0 {
		return fmt.Errorf("%d bytes left over: %w", len(body), ErrCorrupt)
	}
	return nil
}

func (t *huffmanTable) set(counts, values []byte) {
	t.defined, t.derived = true, false
	copy(t.counts[1:], counts)
	n := copy(t.values[:], values)
	clear(t.values[n:])
}

// derive checks the table and fills in what decoding needs, once. In a file, a table
// always has the same largest symbol.
func (t *huffmanTable) derive(largest byte) error {
	if !t.defined {
		return fmt.Errorf("table is missing: %w", ErrCorrupt)
	}
	if t.derived {
		return nil
	}
	clear(t.look[:])
	code, index := int32(0), 0
	for length := 1; length <= 16; length++ {
		count := int(t.counts[length])
		t.offset[length] = int32(index) - code
		t.maxCode[length] = code + int32(count) - 1
		if count == 0 {
			t.maxCode[length] = -1
		}
		for range count {
			t.fill(code, uint(length), t.values[index])
			code++
			index++
		}
		// No code is all ones, so one more code must still fit.
		if count > 0 && code >= 1<<length {
			return fmt.Errorf("too many codes of %d bits: %w", length, ErrCorrupt)
		}
		code <<= 1
	}
	for _, v := range t.values[:index] {
		if v > largest {
			return fmt.Errorf("DC difference of %d bits: %w", v, ErrCorrupt)
		}
	}
	t.derived = true
	return nil
}

// fill enters a code into the look-ahead table, once for each way in which the
// bits after it can continue.
func (t *huffmanTable) fill(code int32, length uint, symbol byte) {
	if length > lookBits {
		return
	}
	e := newLookEntry(symbol, length)
	first := int(code) << (lookBits - length)
	last := min(first+1<<(lookBits-length), len(t.look))
	for i := first; i < last; i++ {
		t.look[i] = e
	}
}

// longCode decodes a code of more than lookBits bits from the top of acc. Bits
// that are no code count as 17 bits that mean 0, as in libjpeg.
func (t *huffmanTable) longCode(acc uint64) lookEntry {
	for length := uint(lookBits + 1); length <= 16; length++ {
		code := int32(acc >> (64 - length))
		if code <= t.maxCode[length] {
			return newLookEntry(t.values[(code+t.offset[length])&255], length)
		}
	}
	return newLookEntry(0, 17)
}

// defineStandardTables puts the tables of T.81 annex K into slots that a sequential file
// leaves empty, as Motion JPEG frames do.
func (d *Decoder) defineStandardTables() {
	for class := range standardTables {
		for slot, spec := range standardTables[class] {
			if t := &d.huffman[class][slot]; !t.defined {
				t.set([]byte(spec.counts), []byte(spec.values))
			}
		}
	}
}
