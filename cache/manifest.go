package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"iter"

	"featurecache/cache/folder"
)

// A scan's lists are divided into chunks, each stored once under its hash. Where a chunk
// ends depends only on the paths in it, so adding or removing a file changes one chunk,
// and an unchanged scan writes none.
const (
	chunkMask = 1<<10 - 1 // a chunk ends after a path whose checksum has these bits clear…
	chunkMax  = 1 << 13   // …or when it has this many entries
)

// A chunkRef names a chunk: the first half of the SHA-256 of its bytes.
type chunkRef [16]byte

func refOf(chunk []byte) chunkRef {
	sum := sha256.Sum256(chunk)
	return chunkRef(sum[:])
}

// An entry is one entry of any of a scan's three lists.
type entry struct {
	img    folder.Image
	racy   bool   // the stamp can't be trusted, see [folder.Scan.Racy]
	reason string // why the file is bad or ignored
}

// The kinds of chunk. They differ in the fields of their entries.
const (
	imageChunk byte = iota
	badChunk
	ignoredChunk
	chunkKinds
)

// chunks encodes a list and yields its chunks. A chunk is only valid until the next one.
func chunks(kind byte, list iter.Seq[entry]) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var b, path []byte
		var last folder.Image
		n := 0
		for e := range list {
			if n == 0 {
				b, last = append(b[:0], kind), folder.Image{}
			}
			b = appendEntry(b, kind, e, last)
			last = e.img
			n++
			path = append(path[:0], e.img.Path...)
			if n == chunkMax || crc32.Checksum(path, castagnoli)&chunkMask == 0 {
				if !yield(b) {
					return
				}
				n = 0
			}
		}
		if n > 0 {
			yield(b)
		}
	}
}

// appendEntry encodes an entry relative to the one before it in the chunk: the path
// without the prefix that they share, the times and inodes as differences.
func appendEntry(b []byte, kind byte, e entry, last folder.Image) []byte {
	img := &e.img
	shared := 0
	for shared < min(len(img.Path), len(last.Path)) && img.Path[shared] == last.Path[shared] {
		shared++
	}
	b = binary.AppendUvarint(b, uint64(shared))
	b = appendText(b, img.Path[shared:])
	if kind != imageChunk {
		b = appendText(b, e.reason)
	}
	if kind == ignoredChunk {
		return b
	}
	flags := byte(img.Split) << 1
	if e.racy {
		flags |= 1
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(img.Label))
	b = binary.AppendVarint(b, img.Stamp.Size)
	b = binary.AppendVarint(b, img.Stamp.ModTimeNS-last.Stamp.ModTimeNS)
	b = binary.AppendVarint(b, int64(img.Stamp.Inode-last.Stamp.Inode))
	return append(b, img.Content[:]...)
}

// maxLabel is the largest class index, so that it fits an int on every machine.
const maxLabel = 1<<31 - 1

// decodeChunk calls f with a chunk's entries. The path is passed beside the entry,
// which lacks it, and is only valid during the call.
func decodeChunk(kind byte, chunk []byte, f func(path []byte, e entry)) error {
	d := decoder{b: chunk}
	if d.byte() != kind || kind >= chunkKinds {
		return errEncoding
	}
	var path []byte
	var last folder.Image
	for len(d.b) > 0 && !d.bad {
		var e entry
		shared := d.uvarint()
		if shared > uint64(len(path)) {
			return errEncoding
		}
		path = append(path[:shared], d.bytes(d.count(1))...)
		if kind != imageChunk {
			e.reason = d.text()
		}
		if kind != ignoredChunk {
			flags, label := d.byte(), d.uvarint()
			if flags>>1 > byte(folder.Val) || label > maxLabel {
				return errEncoding
			}
			e.racy, e.img.Split, e.img.Label = flags&1 == 1, folder.Split(flags>>1), int(label)
			e.img.Stamp.Size = d.varint()
			e.img.Stamp.ModTimeNS = last.Stamp.ModTimeNS + d.varint()
			e.img.Stamp.Inode = last.Stamp.Inode + uint64(d.varint())
			d.fixed(e.img.Content[:])
		}
		if d.bad {
			return errEncoding
		}
		last = e.img
		f(path, e)
	}
	return d.finish()
}
