package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// formatVersion is the version of the format that this package writes, and the
// highest that it reads.
const formatVersion = 1

// Names of the buckets at the root of the file and of the entries in the header.
var (
	headerBucket   = []byte("featurecache")
	spacesBucket   = []byte("spaces")
	scansBucket    = []byte("scans")
	manifestBucket = []byte("manifest")
	seenBucket     = []byte("seen") // created when it is first needed

	formatKey  = []byte("format")
	createdKey = []byte("created")
	lastKey    = []byte("last")
)

// Names within a space's bucket, and within a block's.
var (
	spaceKey     = []byte("space")
	blocksBucket = []byte("blocks")
	badBucket    = []byte("bad")

	contentKey  = []byte("content")
	featuresKey = []byte("features")
)

// readHeader checks that the file is a store of a known format. An empty database is
// a new store: a kill came before its header was written.
func readHeader(tx *bbolt.Tx) (isNew bool, err error) {
	if k, _ := tx.Cursor().First(); k == nil {
		return true, nil
	}
	h := tx.Bucket(headerBucket)
	if h == nil && tx.Bucket(spacesBucket) != nil && tx.Bucket(manifestBucket) != nil {
		return false, damaged("no bucket %q", headerBucket)
	}
	if h == nil {
		return false, fmt.Errorf("another program's bbolt database: %w", ErrNotStore)
	}
	format, err := unseal(formatKey, h.Get(formatKey))
	if err != nil || len(format) != 4 {
		return false, damaged("header: %w", errors.Join(errEncoding, err))
	}
	if v := binary.LittleEndian.Uint32(format); v > formatVersion {
		return false, fmt.Errorf("format version %d, want at most %d: %w", v, formatVersion, errVersion)
	}
	for _, name := range [][]byte{spacesBucket, scansBucket, manifestBucket} {
		if tx.Bucket(name) == nil {
			return false, damaged("no bucket %q", name)
		}
	}
	_, _, err = listSpaces(tx)
	return false, err
}

func writeHeader(tx *bbolt.Tx) error {
	h, err := tx.CreateBucket(headerBucket)
	if err != nil {
		return err
	}
	format := binary.LittleEndian.AppendUint32(nil, formatVersion)
	created := binary.LittleEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))
	_, err1 := tx.CreateBucket(spacesBucket)
	_, err2 := tx.CreateBucket(scansBucket)
	_, err3 := tx.CreateBucket(manifestBucket)
	return errors.Join(
		h.Put(formatKey, seal(formatKey, format)),
		h.Put(createdKey, seal(createdKey, created)),
		err1, err2, err3)
}
