package cache

import (
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// guard runs f, which reads the memory-mapped file. When the file turns out to
// be damaged, or is cut short by someone while it is mapped, bbolt panics or the
// processor faults; both become ErrDamaged. A fault can only be caught on the
// goroutine that meets it, so every goroutine that reads the file needs a guard.
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

// view runs f on the store as it stands.
func (s *Store) view(doing string, f func(*bbolt.Tx) error) error {
	_, err := guard(func() error {
		tx, err := s.begin(false)
		if err != nil {
			return err
		}
		defer s.end(tx)
		return f(tx)
	})
	return s.say(doing, err)
}

// update runs f and commits what it did, all or nothing.
func (s *Store) update(doing string, f func(*bbolt.Tx) error) error {
	if s.readOnly {
		return s.say(doing, errReadOnly)
	}
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	tx, err := s.begin(true)
	if err != nil {
		return s.say(doing, err)
	}
	panicked, err := guard(func() error {
		if err := f(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
	if panicked {
		// The transaction holds bbolt's lock, and ending it would read the file.
		s.stuck.Store(true)
	}
	return s.say(doing, err)
}

// begin begins a transaction. A panic in bbolt's Begin leaves locks held on which
// the next one would wait for ever; so transactions begin one at a time, and no
// more after a panic.
func (s *Store) begin(writable bool) (tx *bbolt.Tx, err error) {
	s.beginMu.Lock()
	defer s.beginMu.Unlock()
	if s.stuck.Load() {
		return nil, damaged("as was found earlier")
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

// end ends a transaction that only read.
func (s *Store) end(tx *bbolt.Tx) {
	if !s.stuck.Load() {
		_ = tx.Rollback() // there is nothing in it that could fail
	}
}

// say adds to an error which store it was, and what was being done.
func (s *Store) say(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cache: %s: %s: %w", s.path, doing, err)
}

// damaged makes the error for a part of the store that is not as it was written.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}
