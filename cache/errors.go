package cache

import "errors"

// These errors are returned by [Open] and by the methods of an open [Store].
// Each is wrapped with what was being done and where; test with [errors.Is].
var (
	// ErrLocked is returned when another process holds the store's lock and did
	// not let go of it within [Options.Timeout].
	ErrLocked = errors.New("another process is using this store; try again when it has ended")

	// ErrDamaged is returned when the file is a feature store but its bytes are
	// not what was written: cut short, flipped bits, lost pages. Nothing that was
	// read together with it may be used. [SetAside] makes room for a new store.
	ErrDamaged = errors.New("the store is damaged")

	// ErrNotStore is returned when the file is something else: a file of another
	// kind, or another program's bbolt database. It has not been touched.
	ErrNotStore = errors.New("not a feature store")

	// ErrMissing is returned when a feature that was asked for is not in the store.
	ErrMissing = errors.New("feature not in the store")

	// ErrNoSpace is returned when a feature space is not in the store.
	ErrNoSpace = errors.New("feature space not in the store")

	// ErrNoScan is returned when no scan has been kept yet.
	ErrNoScan = errors.New("the store holds no scan of an image folder; run extract first")
)

// Errors on which no caller decides.
var (
	errVersion  = errors.New("the store was written by a newer version of this program; use that version, or another file")
	errReadOnly = errors.New("the store is open for reading only")
)
