//go:build !linux

package cache

// prefetch is an optimisation of Linux.
func prefetch([]byte) {}
