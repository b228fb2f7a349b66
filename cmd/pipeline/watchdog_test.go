package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPing(t *testing.T) {
	var got []string
	fail := 1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.URL.Path+" "+string(body))
		if fail--; fail >= 0 {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer server.Close()
	var log strings.Builder
	p := pinger{url: server.URL + "/secret/", log: slog.New(slog.NewTextHandler(&log, nil))}
	ctx, cancel := context.WithCancel(t.Context())
	p.start(ctx)
	cancel() // an interrupted run still tells how it ended
	p.end(ctx, 4, "refused")
	if want := "/secret/start |/secret/start |/secret/4 refused"; strings.Join(got, "|") != want {
		t.Errorf("pings %q, want %q", got, want)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
	server.Close()
	p.end(ctx, 0, "")
	if !strings.Contains(log.String(), "could not be told") || strings.Contains(log.String(), "secret") {
		t.Errorf("logged: %s", log.String())
	}
}
