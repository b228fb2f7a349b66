package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// Options say how to open a store.
type Options struct {
	ReadOnly bool          // share the file with other readers; change nothing
	Timeout  time.Duration // how long to wait for the file's lock; 0 fails at once
}

// A Store is an open feature store. Its methods may be called from several
// goroutines; a [Writer] belongs to one.
type Store struct {
	path     string
	readOnly bool
	db       *bbolt.DB
	broken   atomic.Bool // damage was met while open

	mu      sync.Mutex
	indexes map[SpaceID]*Index
}

// Open opens the store in a file, and makes one if there is none or the file is
// empty (unless ReadOnly, which then fails with [fs.ErrNotExist]). The errors
// [ErrLocked], [ErrDamaged], [ErrVersion] and [ErrNotStore] tell what stands in
// the way. The structure of the whole file is checked before it is trusted,
// which reads one page in 250 or so; checksums are checked when a feature is read.
func Open(path string, opt Options) (*Store, error) {
	_, err := os.Stat(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	db, err := openFile(path, opt)
	if err == nil {
		s := &Store{path: path, readOnly: opt.ReadOnly, db: db, indexes: map[SpaceID]*Index{}}
		if err = s.begin(); err == nil {
			return s, nil
		}
		_ = s.Close()
	}
	if isNew && !errors.Is(err, ErrLocked) {
		removeStub(path)
	}
	return nil, fmt.Errorf("cache: open %s: %w", path, err)
}

// removeStub removes a file that could not be made into a store, on a full disk
// say. The size tells it from what another process may have made meanwhile.
func removeStub(path string) {
	if info, err := os.Stat(path); err == nil && info.Size() <= 16*pageSize {
		_ = os.Remove(path)
	}
}

// begin checks the header, and writes it into a new file.
func (s *Store) begin() error {
	isNew := false
	err := s.view("read the header", func(tx *bbolt.Tx) (err error) {
		isNew, err = readHeader(tx)
		return err
	})
	switch {
	case err != nil:
		return err
	case isNew && s.readOnly:
		return fmt.Errorf("nothing has been written to it yet: %w", fs.ErrNotExist)
	case isNew:
		return s.update("write the header", writeHeader)
	}
	return nil
}

// Path is the name of the store's file.
func (s *Store) Path() string { return s.path }

// Close lets go of the file. Writers must have been closed before.
func (s *Store) Close() error {
	shut := func() error {
		if err := guard(s.db.Close); err != nil {
			return fmt.Errorf("cache: close %s: %w", s.path, err)
		}
		return nil
	}
	if !s.broken.Load() {
		return shut()
	}
	// The panic that told of the damage may have left bbolt's locks held, and
	// Close would wait for them for ever. The process's end frees the rest.
	done := make(chan error, 1)
	go func() { done <- shut() }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Second):
		return nil
	}
}

// view runs f on the store as it stands.
func (s *Store) view(doing string, f func(*bbolt.Tx) error) error {
	return s.guard(doing, func() error { return s.db.View(f) })
}

// update runs f and commits what it did, all or nothing.
func (s *Store) update(doing string, f func(*bbolt.Tx) error) error {
	if s.readOnly {
		return fmt.Errorf("cache: %s: %s: %w", s.path, doing, ErrReadOnly)
	}
	return s.guard(doing, func() error { return s.db.Update(f) })
}

// openFile locks and checks the file and hands it to bbolt.
func openFile(path string, opt Options) (db *bbolt.DB, err error) {
	var file *os.File
	bolt := &bbolt.Options{
		ReadOnly: opt.ReadOnly,
		// One page size everywhere, so that a store is as compact where the
		// system's pages are larger.
		PageSize:     pageSize,
		NoStatistics: true,
		// The lock is held by then, except on Windows, where bbolt takes it.
		Timeout: max(opt.Timeout, time.Millisecond),
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			if file, err = openLocked(name, flag, mode, opt); err != nil {
				return nil, err
			}
			if err = checkFile(file, opt.ReadOnly); err != nil {
				return nil, errors.Join(err, release(file))
			}
			return file, nil
		},
	}
	err = guard(func() (err error) {
		db, err = bbolt.Open(path, 0o644, bolt)
		return err
	})
	switch {
	case errors.Is(err, bbolt.ErrTimeout):
		err = ErrLocked
	case errors.Is(err, bbolt.ErrInvalid), errors.Is(err, bbolt.ErrChecksum), errors.Is(err, bbolt.ErrVersionMismatch):
		err = damaged("%w", err)
	case errors.Is(err, ErrDamaged) && file != nil:
		_ = release(file) // bbolt panicked and closed nothing
	}
	if err != nil {
		return nil, err
	}
	// Else bbolt makes the file as large as its memory map, a power of two.
	db.AllocSize = 0
	return db, nil
}
