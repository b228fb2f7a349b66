package main

import (
	"io"
	"log/slog"

	"featurecache/extract"
)

// logFlags are the options of what a command that runs unattended tells.
type logFlags struct {
	Quiet     bool   `help:"Print nothing but warnings and errors: what cron should send by mail."`
	LogFormat string `default:"text" enum:"text,json" help:"Form of the log on stderr: text or json."`
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

// results is where text for people goes.
func (f *logFlags) results(con console) io.Writer {
	if f.Quiet {
		return io.Discard
	}
	return con.stdout
}

// progress is [extractProgress] as the flags want it: no bar among JSON lines.
func (f *logFlags) progress(con console, log *slog.Logger) (show func(extract.Progress), end func()) {
	switch {
	case f.Quiet:
		return nil, func() {}
	case f.LogFormat == "json":
		return extractProgress(logOnly{con.stderr}, log)
	default:
		return extractProgress(con.stderr, log)
	}
}

// counting is [countProgress] as the flags want it.
func (f *logFlags) counting(con console, log *slog.Logger, things string) (show func(done, total int), end func()) {
	if f.Quiet || f.LogFormat == "json" {
		return countProgress(logOnly{con.stderr}, log, things) // below the level when quiet
	}
	return countProgress(con.stderr, log, things)
}

// logOnly hides a terminal.
type logOnly struct{ io.Writer }

// said puts an error into the log if that is where the command's messages go; the
// error it then returns only sets the exit status.
func (f *logFlags) said(log *slog.Logger, err error) error {
	if err == nil || f.LogFormat != "json" {
		return err
	}
	log.Error(message(err), "exit_status", exitStatus(err))
	return &saidError{err}
}

// saidError is an error that the user knows of.
type saidError struct{ error }

func (e *saidError) Unwrap() error { return e.error }
