package main

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// output is a command's stdout. After the first write that fails it writes no more,
// and keeps the error, which run returns as the command's, so that printing code need not
// check.
type output struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, o.err = o.w.Write(p)
	return n, o.err
}

// outcome is the error of a command that returned err. A reader that closed the pipe knows
// it, so then only the exit status is set.
func (o *output) outcome(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err == nil, err != nil && !errors.Is(err, o.err):
		return err // something else went wrong
	case errors.Is(o.err, syscall.EPIPE):
		return &saidError{o.err}
	}
	return o.err // the parser would make it a usage error in help
}
