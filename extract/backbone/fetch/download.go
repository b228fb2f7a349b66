package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// tries is how often a source may be cut off without sending anything new.
const tries = 5

// download fills a file with a model.
type download struct {
	model Model
	opt   Options
	file  *os.File
	have  int64 // bytes in the file
}

// localError is an error that no other source can fix.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

// refusal is an answer that another try of the same source won't change.
type refusal struct{ err error }

func (e *refusal) Error() string { return e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

// run tries the sources one after the other until the file is right.
func (d *download) run(ctx context.Context) error {
	info, err := d.file.Stat()
	if err != nil {
		return err
	}
	d.have = info.Size()
	if d.have > d.model.Size {
		if err := d.restart(); err != nil {
			return err
		}
	}
	sources := d.model.Sources
	if d.opt.URL != "" {
		sources = []string{d.opt.URL}
	}
	var failed []error
	for _, source := range sources {
		err := d.from(ctx, source)
		var local *localError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("interrupted; the same command goes on from there: %w", ctx.Err())
		case errors.As(err, &local):
			return err
		}
		failed = append(failed, fmt.Errorf("%s: %w", source, err))
	}
	return oneLine(failed)
}

// oneLine joins errors in one line.
func oneLine(errs []error) error {
	err := errs[0]
	for _, next := range errs[1:] {
		err = fmt.Errorf("%w; %w", err, next)
	}
	return err
}

// from downloads the missing bytes from one source and checks the whole file. If the
// bytes of an earlier try were wrong, it downloads everything again, once.
func (d *download) from(ctx context.Context, source string) error {
	resumed := d.have > 0
	for {
		if err := d.complete(ctx, source); err != nil {
			return err
		}
		if _, err := d.file.Seek(0, io.SeekStart); err != nil {
			return &localError{err}
		}
		err := d.model.check(d.file)
		if err == nil {
			return nil
		}
		if restarted := d.restart(); restarted != nil {
			return restarted
		}
		if !resumed {
			return fmt.Errorf("%w; nothing of it is kept", err)
		}
		resumed = false
	}
}

// complete downloads the missing bytes. It tries again as long as new bytes arrive.
func (d *download) complete(ctx context.Context, source string) error {
	pause := d.opt.Pause
	for idle := 0; d.have < d.model.Size; {
		before := d.have
		err := d.request(ctx, source)
		var local *localError
		var refused *refusal
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil || errors.As(err, &local) || errors.As(err, &refused):
			return err
		case d.have > before:
			idle, pause = 0, d.opt.Pause
		default:
			idle++
		}
		switch {
		case idle == tries && d.have == 0:
			return fmt.Errorf("nothing came in %d tries: %w", tries, err)
		case idle == tries:
			return fmt.Errorf("cut off after %d of %d bytes, %d times in a row; the same command goes on from there: %w", d.have, d.model.Size, tries, err)
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// restart empties the file.
func (d *download) restart() error {
	d.have = 0
	if err := d.file.Truncate(0); err != nil {
		return &localError{err}
	}
	return nil
}

// request asks for the missing bytes once. A nil error means that none is missing.
func (d *download) request(ctx context.Context, source string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return &refusal{err}
	}
	req.Header.Set("Accept-Encoding", "identity") // ranges count the file's own bytes
	if d.have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
	}
	res, err := d.opt.Client.Do(req)
	if err != nil {
		return plain(err)
	}
	defer res.Body.Close()
	if err := d.accept(res); err != nil {
		return err
	}
	// A source that sends nothing is cut off, so that the wait ends.
	silence := time.AfterFunc(d.opt.Stall, func() { cancel(fmt.Errorf("nothing came for %v", d.opt.Stall)) })
	defer silence.Stop()
	err = d.copy(res.Body, silence)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// plain leaves out the address, which the caller names. A host that does not exist
// won't exist at the next try.
func plain(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	var lookup *net.DNSError
	if errors.As(err, &lookup) && lookup.IsNotFound {
		return &refusal{err}
	}
	return err
}

// accept reads the response's head, and makes the file end where its body begins.
func (d *download) accept(res *http.Response) error {
	switch res.StatusCode {
	case http.StatusOK: // the source doesn't support ranges, or all bytes are missing
		if err := d.restart(); err != nil {
			return err
		}
	case http.StatusPartialContent:
		var from int64
		if _, err := fmt.Sscanf(res.Header.Get("Content-Range"), "bytes %d-", &from); err != nil || from != d.have {
			return &refusal{fmt.Errorf("it sent the range %q for bytes from %d", res.Header.Get("Content-Range"), d.have)}
		}
	case http.StatusRequestedRangeNotSatisfiable:
		return &refusal{fmt.Errorf("%w: the source's is shorter than %d bytes", errContent, d.have)}
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return errors.New(res.Status)
	default:
		return &refusal{errors.New(res.Status)}
	}
	if length := res.ContentLength; length >= 0 && d.have+length != d.model.Size {
		return &refusal{fmt.Errorf("%w: the source's has %d bytes, want %d%s", errContent, d.have+length, d.model.Size, hint(res))}
	}
	return nil
}

// hint explains an answer that did not come from a file server.
func hint(res *http.Response) string {
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return " (it sent a web page: a login or an error of a proxy?)"
	}
	return ""
}

// copy appends the body to the file.
func (d *download) copy(body io.Reader, silence *time.Timer) error {
	buf := make([]byte, 1<<16)
	for d.have < d.model.Size {
		n, readErr := body.Read(buf[:min(int64(len(buf)), d.model.Size-d.have)])
		silence.Reset(d.opt.Stall)
		written, err := d.file.WriteAt(buf[:n], d.have)
		d.have += int64(written)
		if err != nil {
			if errors.Is(err, syscall.ENOSPC) {
				err = fmt.Errorf("%w: free %d bytes; the same command goes on from there", err, d.model.Size-d.have)
			}
			return &localError{err}
		}
		d.opt.Progress(d.have, d.model.Size)
		if readErr != nil && d.have < d.model.Size {
			if errors.Is(readErr, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return readErr
		}
	}
	return nil
}
