package cache

import "errors"

// These errors are returned by [Open] and by the methods of an open [Store].
// Each is wrapped with the file and the operation; test with [errors.Is].
var (
	// ErrLocked is returned when another process holds the store's lock and does
	// not release it within [Options.Timeout].
	ErrLocked = errors.New("another process is using this store; try again when it has ended")

	// ErrDamaged is returned when the file is a feature store but its bytes are
	// not what was written: it is truncated, bits are flipped, pages are lost. Don't
	// use anything that the failed call returned. [Salvage] repairs the store.
	ErrDamaged = errors.New("the store is damaged")

	// ErrNotStore is returned when the file is something else: a file of another
	// kind, or another program's bbolt database. The file is left unchanged.
	ErrNotStore = errors.New("not a feature store")

	// ErrMissing is returned when a requested feature is not in the store.
	ErrMissing = errors.New("feature not in the store")

	// ErrNoSpace is returned when a feature space is not in the store.
	ErrNoSpace = errors.New("feature space not in the store")

	// ErrNoScan is returned when no scan has been stored yet.
	ErrNoScan = errors.New("the store holds no scan of an image folder; run extract first")
)

// Errors that no caller tests for.
var (
	errVersion  = errors.New("the store was written by a newer version of this program; use that version, or another file")
	errReadOnly = errors.New("the store is open for reading only")
)
