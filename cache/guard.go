package cache

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// guard runs f, which reads the memory-mapped file. When the file turns out to
// be damaged, or is cut short by someone while it is mapped, bbolt panics or the
// processor faults; both become ErrDamaged. A fault can only be caught on the
// goroutine that meets it, so every goroutine that reads the file needs a guard.
func guard(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			err = damaged("%v", r)
		}
	}()
	return f()
}

// guard runs f on an open store and says what was being done when it failed.
// After damage bbolt's locks may be held for ever, which Close has to know.
func (s *Store) guard(doing string, f func() error) error {
	err := guard(f)
	if errors.Is(err, ErrDamaged) {
		s.broken.Store(true)
	}
	if err != nil {
		return fmt.Errorf("cache: %s: %s: %w", s.path, doing, err)
	}
	return nil
}

// damaged makes the error for a part of the store that is not as it was written.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrDamaged, fmt.Errorf(format, args...))
}
