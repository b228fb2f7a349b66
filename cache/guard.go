package cache

import (
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// guard runs f, which reads the memory-mapped file. If the file is damaged, or is
// truncated while it is mapped, bbolt panics or the processor faults; guard turns both
// into ErrDamaged. A fault can only be recovered on the goroutine that caused it, so
// every goroutine that reads the file needs a guard.
func guard(f func() error) (panicked bool, err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			panicked, err = true, damaged("%v", r)
		}
	}()
	return false, f()
}

// view runs f in a read-only transaction.
func (s *Store) view(doing string, f func(*bbolt.Tx) error) error {
	_, err := guard(func() error {
		tx, err := s.begin(false)
		if err != nil {
			return err
		}
		defer s.end(tx)
		return f(tx)
	})
	return s.wrap(doing, err)
}

// update runs f in a transaction and commits it, or rolls it back if f fails.
func (s *Store) update(doing string, f func(*bbolt.Tx) error) error {
	if s.readOnly {
		return s.wrap(doing, errReadOnly)
	}
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	tx, err := s.begin(true)
	if err != nil {
		return s.wrap(doing, err)
	}
	panicked, err := guard(func() error {
		if err := f(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
	if panicked {
		// The transaction holds bbolt's lock, and rolling it back would read the file.
		s.stuck.Store(true)
	}
	return s.wrap(doing, err)
}

// begin begins a transaction. A panic in bbolt's Begin leaves locks held, and the next
// Begin would wait for them for ever. So transactions begin one at a time, and none
// begins after a panic.
func (s *Store) begin(writable bool) (tx *bbolt.Tx, err error) {
	s.beginMu.Lock()
	defer s.beginMu.Unlock()
	if s.stuck.Load() {
		return nil, damaged("an earlier operation found the damage")
	}
	panicked, err := guard(func() (err error) {
		tx, err = s.db.Begin(writable)
		return err
	})
	if panicked {
		s.stuck.Store(true)
	}
	return tx, err
}

// end ends a read-only transaction.
func (s *Store) end(tx *bbolt.Tx) {
	if !s.stuck.Load() {
		_ = tx.Rollback() // can't fail: there is nothing to undo
	}
}

// wrap adds the store's path and the operation to an error.
func (s *Store) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cache: %s: %s: %w", s.path, doing, err)
}

// damaged returns an [ErrDamaged] with the details.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}
