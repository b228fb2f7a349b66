package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	pingTries   = 3
	pingTimeout = 5 * time.Second // of each try
)

// pinger tells a watchdog that a run begins, and how it ended, as healthchecks.io expects:
// URL/start, then URL/0 or another exit status, with the last line as the body. A failed
// ping is logged and does not fail the run.
type pinger struct {
	url string // "" for none; it is a secret, and kept out of the log
	log *slog.Logger
}

func (p *pinger) start(ctx context.Context) { p.ping(ctx, "start", "") }

// end reports even when the run was interrupted.
func (p *pinger) end(ctx context.Context, status int, text string) {
	p.ping(context.WithoutCancel(ctx), fmt.Sprint(status), text)
}

func (p *pinger) ping(ctx context.Context, what, text string) {
	if p.url == "" {
		return
	}
	var err error
	for try := range pingTries {
		if try > 0 {
			time.Sleep(time.Duration(try) * 500 * time.Millisecond)
		}
		if err = p.post(ctx, what, text); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		p.log.Warn("the watchdog could not be told; the run goes on", "ping", what, "cause", err)
	}
}

func (p *pinger) post(ctx context.Context, what, text string) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(p.url, "/")+"/"+what, strings.NewReader(text))
	if err != nil {
		return errors.New("it is not a URL")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		var withURL *url.Error
		if errors.As(err, &withURL) {
			err = withURL.Err
		}
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16))
	if response.StatusCode >= 300 {
		return errors.New(response.Status)
	}
	return nil
}
