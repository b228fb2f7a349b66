package cache

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"unsafe"
)

// blockBytes is the size of the features in a full block.
const blockBytes = 1 << 20

// maxBlock is the most features in one block, so that a slot fits 16 bits.
const maxBlock = 1 << 16

// perBlock is the number of features of the given width in a full block.
func perBlock(width int) int { return min(maxBlock, max(1, blockBytes/(4*width))) }

// A block is the features of consecutive slots, preceded by a checksum for each. The
// checksum also covers the space and the key, so it detects a feature stored in the
// wrong place as well as a flipped bit.
type block struct {
	value []byte
	width int
	n     int
}

// feature returns the bytes in a slot, after verifying their checksum.
func (b block) feature(slot int, sum *summer, key Key) ([]byte, error) {
	if slot >= b.n {
		return nil, damaged("%d features, but the index puts %v in slot %d", b.n, key, slot)
	}
	data := b.value[4*b.n+4*b.width*slot:][:4*b.width]
	if binary.LittleEndian.Uint32(b.value[4*slot:]) != sum.of(key, data) {
		return nil, damaged("wrong checksum for %v", key)
	}
	return data, nil
}

// appendBlock encodes a block. The features are given as little-endian bytes.
func appendBlock(dst []byte, sum *summer, keys []Key, features []byte) []byte {
	size := len(features) / len(keys)
	for i, k := range keys {
		dst = binary.LittleEndian.AppendUint32(dst, sum.of(k, features[i*size:][:size]))
	}
	return append(dst, features...)
}

// A summer computes features' checksums. It holds the bytes that precede the feature,
// because hash/crc32 lets its argument escape: else each checksum would allocate them.
type summer struct{ head [32 + 32 + 4]byte }

func newSummer(space SpaceID) *summer {
	s := new(summer)
	copy(s.head[:], space[:])
	return s
}

// of returns the CRC-32C of the space's hash, the image's hash, the view and the data.
func (s *summer) of(key Key, data []byte) uint32 {
	copy(s.head[32:], key.Content[:])
	binary.LittleEndian.PutUint32(s.head[64:], key.View)
	return crc32.Update(crc32.Checksum(s.head[:], castagnoli), castagnoli, data)
}

// appendFloats appends values in little-endian order.
func appendFloats(dst []byte, values []float32) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}

// littleEndian says whether this machine stores floats in the file's byte order.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// copyFloats decodes little-endian values into dst, at memory speed on little-endian
// machines.
func copyFloats(dst []float32, src []byte) {
	if littleEndian {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), 4*len(dst)), src)
		return
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}
