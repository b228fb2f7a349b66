package cache

import (
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// A SpaceInfo describes a space and its contents.
type SpaceInfo struct {
	Space
	ID       SpaceID
	Created  time.Time
	Features int
	Images   int   // images with features
	Bad      int   // images known to be unusable
	Bytes    int64 // size of the features, 4 × Width each
	Scan     *ScanSummary
	Last     bool // whether the store's last scan is of this space
}

// A ScanSummary is a scan without its lists: where, when, what was wanted, and counts.
type ScanSummary struct {
	Root       string
	Time       time.Time
	Views      int
	Seed       uint64
	Classes    int
	Train, Val int // usable images
	Bad        int
	Ignored    int
}

// Spaces describes the store's spaces, in the order of their IDs.
func (s *Store) Spaces() ([]SpaceInfo, error) {
	var infos []SpaceInfo
	err := s.view("list the spaces", func(tx *bbolt.Tx) error {
		last, _ := unseal(lastKey, tx.Bucket(headerBucket).Get(lastKey))
		return tx.Bucket(spacesBucket).ForEachBucket(func(k []byte) error {
			if len(k) != len(SpaceID{}) {
				return damaged("a space has the bad key %x", k)
			}
			b, err := openSpace(tx, SpaceID(k))
			if err != nil {
				return fmt.Errorf("space %v: %w", SpaceID(k), err)
			}
			info := SpaceInfo{Space: b.space, ID: SpaceID(k), Created: time.Unix(0, b.createdNS), Last: string(last) == string(k)}
			r, err := readScanRecord(tx, info.ID)
			switch {
			case err == nil:
				info.Scan = &r.ScanSummary
			case !errors.Is(err, ErrNoScan):
				return err
			}
			infos = append(infos, info)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	for i := range infos {
		info := &infos[i]
		x, err := s.Index(info.ID)
		if err != nil {
			return nil, err
		}
		info.Features, info.Images, info.Bad = x.Len(), x.Images(), x.badLen()
		info.Bytes = int64(info.Features) * 4 * int64(info.Width)
	}
	return infos, nil
}

func (x *Index) badLen() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.bad)
}

// Size is the size of the store's file in bytes.
func (s *Store) Size() (int64, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, fmt.Errorf("cache: %w", err)
	}
	return info.Size(), nil
}
