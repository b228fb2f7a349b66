package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// castagnoli is the table of every checksum in the store: CRC-32C, which amd64 and
// arm64 compute in hardware.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errEncoding = errors.New("bad encoding")

// seal appends the CRC-32C of key and value to the value. The checksum covers the
// key so that it also detects a value stored under the wrong key.
func seal(key, value []byte) []byte {
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
	return binary.LittleEndian.AppendUint32(value, sum)
}

// unseal checks a sealed value and returns the value without its checksum.
func unseal(key, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 {
		return nil, errEncoding
	}
	value, tail := sealed[:len(sealed)-4], sealed[len(sealed)-4:]
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
	if sum != binary.LittleEndian.Uint32(tail) {
		return nil, errors.New("wrong checksum")
	}
	return value, nil
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// A decoder decodes a value field by field. After the first error it returns zeros,
// so that callers check for errors once, in finish.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fixed(dst []byte) {
	if d.bad || len(d.b) < len(dst) {
		d.bad = true
		return
	}
	copy(dst, d.b)
	d.b = d.b[len(dst):]
}

func (d *decoder) byte() byte {
	var b [1]byte
	d.fixed(b[:])
	return b[0]
}

func (d *decoder) uint32() uint32 {
	var b [4]byte
	d.fixed(b[:])
	return binary.LittleEndian.Uint32(b[:])
}

func (d *decoder) uint64() uint64 {
	var b [8]byte
	d.fixed(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if d.bad || n <= 0 || n > 1 && d.b[n-1] == 0 { // truncated, too large, or not in its shortest form
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if d.bad || n <= 0 || n > 1 && d.b[n-1] == 0 { // truncated, too large, or not in its shortest form
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads the number of items that follow. Each takes at least size bytes, so a
// count that exceeds the remaining bytes is an error, and never makes a caller
// allocate too much.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if d.bad || n > uint64(len(d.b)/size) {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) bytes(n int) []byte {
	if d.bad || n < 0 || n > len(d.b) {
		d.bad = true
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) text() string { return string(d.bytes(d.count(1))) }

// finish returns an error if anything was malformed or bytes are left over.
func (d *decoder) finish() error {
	if d.bad || len(d.b) != 0 {
		return errEncoding
	}
	return nil
}
