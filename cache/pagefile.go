package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// This file and pagetree.go read bbolt's file format (see bbolt's internal/common),
// because bbolt trusts what it maps: a page that points to itself overflows the stack,
// a wrong count exhausts memory, and neither can be recovered from. So the file is
// checked before bbolt opens it, with plain reads, which can't fault.

const (
	pageSize       = 4096 // of new stores; any page size that bbolt allows is read
	pageHeaderSize = 16
	elementSize    = 16 // of branch and of leaf elements
	bucketHeader   = 16 // root page, sequence
	metaSize       = 64

	boltMagic   = 0xED0CDAED
	boltVersion = 2

	branchFlag   = 0x01
	leafFlag     = 0x02
	metaFlag     = 0x04
	freelistFlag = 0x10

	// noFreelist stands in place of the freelist's page number in files whose writer
	// doesn't store a freelist.
	noFreelist = ^uint64(0)
)

// order is the machine's byte order, which bbolt uses.
var order = binary.NativeEndian

// A meta is bbolt's page 0 or 1: where the current state of the file begins.
type meta struct {
	pageSize uint32
	root     uint64 // page of the root bucket
	freelist uint64 // page of the freelist
	pages    uint64 // number of pages in use or free
	txid     uint64
}

// decodeMeta reads the beginning of a meta page. The error is ErrNotStore if the page
// is not a meta page, and ErrDamaged if it is a damaged one.
func decodeMeta(b []byte) (m meta, err error) {
	if len(b) < pageHeaderSize+4 || order.Uint32(b[pageHeaderSize:]) != boltMagic {
		return m, ErrNotStore
	}
	if b = b[pageHeaderSize:]; len(b) < metaSize {
		return m, damaged("truncated within its first pages")
	}
	h := fnv.New64a()
	h.Write(b[:metaSize-8])
	if order.Uint32(b[4:]) != boltVersion || order.Uint64(b[metaSize-8:]) != h.Sum64() {
		return m, damaged("meta page: wrong version or checksum")
	}
	m = meta{
		pageSize: order.Uint32(b[8:]),
		root:     order.Uint64(b[16:]),
		freelist: order.Uint64(b[32:]),
		pages:    order.Uint64(b[40:]),
		txid:     order.Uint64(b[48:]),
	}
	if m.pageSize < 1<<10 || m.pageSize > 1<<24 || m.pageSize&(m.pageSize-1) != 0 {
		return m, damaged("meta page: page size %d", m.pageSize)
	}
	return m, nil
}

// readMeta returns the newer valid meta page, as bbolt does.
func readMeta(f io.ReaderAt, size int64) (meta, error) {
	var newest meta
	err := ErrNotStore
	found := false
	look := func(offset int64) bool {
		b := make([]byte, pageHeaderSize+metaSize)
		n, _ := f.ReadAt(b, offset)
		m, e := decodeMeta(b[:n])
		if e == nil && (!found || m.txid > newest.txid) {
			newest, found = m, true
		}
		if errors.Is(e, ErrDamaged) || size < pageHeaderSize+4 && looksTruncated(b[:n]) {
			err = damaged("no valid meta page")
		}
		return e == nil
	}
	if look(0) {
		look(int64(newest.pageSize))
	} else {
		// Page 0 doesn't tell the page size, so look for page 1 at every possible one.
		for at := int64(1 << 10); at <= 1<<24 && at < size && !look(at); at *= 2 {
		}
	}
	if !found {
		return meta{}, err
	}
	return newest, nil
}

// looksTruncated reports whether the few bytes of a file are the beginning of page 0
// of a database.
func looksTruncated(b []byte) bool {
	head := make([]byte, pageHeaderSize+4)
	order.PutUint16(head[8:], metaFlag)
	order.PutUint32(head[pageHeaderSize:], boltMagic)
	return len(b) > 8 && bytes.HasPrefix(head, b)
}

// checkFile checks the structure of a store's file, unless it is empty.
func checkFile(f *os.File, readOnly bool) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("not a regular file: %w", ErrNotStore)
	case info.Size() == 0 && readOnly:
		return errors.New("the file is empty; run extract first")
	case info.Size() == 0:
		return nil
	}
	return checkPages(f, info.Size(), func(error) bool { return false })
}
