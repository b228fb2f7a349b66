package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"featurecache/cache/folder"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// Options say how to open a store.
type Options struct {
	ReadOnly bool          // share the file with other readers; change nothing
	Timeout  time.Duration // how long to wait for the file's lock; 0 fails at once
}

// LockTimeout is how long a command waits for another process to release the store.
const LockTimeout = 5 * time.Second

// A Store is an open feature store. Its methods may be called from several
// goroutines; a [Writer] belongs to one.
type Store struct {
	path     string
	readOnly bool
	db       *bbolt.DB
	file     *os.File // the one that bbolt uses and that holds the lock

	writeMu sync.Mutex  // held by the writing transaction
	beginMu sync.Mutex  // held while a transaction begins
	stuck   atomic.Bool // a panic has left bbolt's locks held

	mu      sync.Mutex
	indexes map[SpaceID]*Index
	writing map[SpaceID]*Writer
}

// Open opens the store in a file. If the file is absent or empty, Open creates a store,
// or, with ReadOnly, fails. Errors that callers decide on are [ErrLocked],
// [ErrDamaged], [ErrNotStore], and an error for a store of a newer format. Open first
// checks the structure of the whole file, which reads about one page in 250; checksums
// are checked when a feature is read.
func Open(path string, opt Options) (*Store, error) {
	_, err := os.Stat(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	db, file, err := openFile(path, opt)
	if err == nil {
		s := &Store{path: path, readOnly: opt.ReadOnly, db: db, file: file, indexes: map[SpaceID]*Index{}, writing: map[SpaceID]*Writer{}}
		if err = s.setUp(); err == nil {
			return s, nil
		}
		_ = s.Close()
	} else {
		err = fmt.Errorf("cache: open %s: %w", path, folder.Cause(err))
	}
	if isNew && !errors.Is(err, ErrLocked) {
		removeStub(path)
	}
	return nil, err
}

// removeStub removes a file that could not be made into a store, for example because
// the disk is full. A larger file is another process's store, and stays.
func removeStub(path string) {
	if info, err := os.Stat(path); err == nil && info.Size() <= 16*pageSize {
		_ = os.Remove(path)
	}
}

// setUp checks the header, or writes it into a new file.
func (s *Store) setUp() error {
	isNew := false
	err := s.view("read the header", func(tx *bbolt.Tx) (err error) {
		isNew, err = readHeader(tx)
		return err
	})
	switch {
	case err != nil:
		return err
	case isNew && s.readOnly:
		return errors.New("the store is empty; run extract first")
	case isNew:
		return s.update("write the header", writeHeader)
	}
	return nil
}

// Path is the name of the store's file.
func (s *Store) Path() string { return s.path }

// Close closes the file and releases its lock. Close all Writers first.
func (s *Store) Close() error {
	shut := func() error {
		_, err := guard(s.db.Close)
		return s.wrap("close", err)
	}
	if !s.stuck.Load() {
		return shut()
	}
	// Close may wait for bbolt's locks for ever. Then the lock is released here, and
	// the rest is freed when the process ends.
	done := make(chan error, 1)
	go func() { done <- shut() }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Second):
		return s.wrap("close", unlock(s.file))
	}
}

// openFile locks and checks the file and hands it to bbolt.
func openFile(path string, opt Options) (db *bbolt.DB, file *os.File, err error) {
	bolt := &bbolt.Options{
		ReadOnly: opt.ReadOnly,
		// One page size everywhere, so that a store is just as compact on a system
		// with larger pages.
		PageSize:     pageSize,
		NoStatistics: true,
		// OpenFile already holds the lock, except on Windows, where bbolt takes it.
		Timeout: max(opt.Timeout, time.Millisecond),
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			if file, err = openLocked(name, flag, mode, opt); err != nil {
				return nil, err
			}
			if err = checkFile(file, opt.ReadOnly); err != nil {
				return nil, errors.Join(err, file.Close())
			}
			return file, nil
		},
	}
	_, err = guard(func() (err error) {
		db, err = bbolt.Open(path, 0o644, bolt)
		return err
	})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		err = ErrLocked
	case errors.Is(err, bbolterrors.ErrInvalid), errors.Is(err, bbolterrors.ErrChecksum), errors.Is(err, bbolterrors.ErrVersionMismatch):
		err = damaged("%w", err)
	case errors.Is(err, ErrDamaged) && file != nil:
		_ = unlock(file) // bbolt panicked without closing the file
		_ = file.Close()
	}
	if err != nil {
		return nil, nil, err
	}
	// Otherwise bbolt grows the file to the size of its memory map, a power of two.
	db.AllocSize = 0
	return db, file, nil
}
