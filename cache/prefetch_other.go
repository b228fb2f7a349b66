//go:build !linux

package cache

// prefetch does nothing: it is an optimisation for Linux.
func prefetch([]byte) {}
