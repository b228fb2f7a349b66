package main

import (
	"io"
	"log/slog"
)

// logFlags are the flags of every command that writes a log.
type logFlags struct {
	Quiet     bool   `help:"Print warnings and errors only, as suits cron."`
	LogFormat string `default:"text" enum:"text,json" help:"Format of the log on stderr: text or json."`
}

// logger returns the command's log.
func (f *logFlags) logger(con console) *slog.Logger {
	level := slog.LevelInfo
	if f.Quiet {
		level = slog.LevelWarn
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: shortTime}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(con.stderr, options))
	}
	return slog.New(slog.NewTextHandler(con.stderr, options))
}

// results is where text for people goes; --quiet drops it.
func (f *logFlags) results(con console) io.Writer {
	if f.Quiet {
		return io.Discard
	}
	return con.stdout
}

// said logs an error when the log is JSON; the error that it then returns only sets the
// exit status.
func (f *logFlags) said(log *slog.Logger, err error) error {
	if err == nil || f.LogFormat != "json" {
		return err
	}
	log.Error(message(err), "exit_status", exitStatus(err))
	return &saidError{err}
}

// saidError is an error that has been printed.
type saidError struct{ error }

func (e *saidError) Unwrap() error { return e.error }

// shortTime cuts a log line's time to seconds.
func shortTime(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		a.Value = slog.StringValue(a.Value.Time().Format("2006-01-02T15:04:05Z07:00"))
	}
	return a
}
