package main

import (
	"errors"
	"io"
	"sync"
	"syscall"
)

// output is a command's stdout. After the first write that fails it writes no more,
// and keeps the error, which run makes the command's own: what prints need not look.
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

// outcome is how a command ended that returned err. That nobody reads on is no news
// to whoever ended the pipe, so it only sets the exit status.
func (o *output) outcome(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err == nil, err != nil && !errors.Is(err, o.err):
		return err // something else went wrong
	case errors.Is(o.err, syscall.EPIPE):
		return &saidError{o.err}
	}
	return o.err // not as the usage error that the parser takes it for in help
}
