package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"featurecache/cache"
	"featurecache/extract"
	"featurecache/extract/backbone/fetch"
	"featurecache/pipeline"
	"featurecache/pipeline/gate"

	"github.com/alecthomas/kong"
)

// Exit statuses, as the help text lists them.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitManyBad = 3
	exitRefused = 4
	exitHeld    = 75 // sysexits.h EX_TEMPFAIL: cron and systemd may try again

	exitSignalled = 128 // and the signal's number, as shells count
)

// usageError is a command line that can't be run as it is.
type usageError struct {
	err  error
	hint string // where to find the right usage
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// asUsage wraps an error of the parser, which knows the command that it failed in.
func asUsage(err error) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return usage
	}
	if file := new(fs.PathError); errors.As(err, &file) {
		return &usageError{err: fmt.Errorf("--config: %w", err), hint: "Name a YAML file that can be read."}
	}
	hint := "Run 'pipeline --help' for the commands."
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		err = flagError(parse)
		hint = elsewhere(parse) + "Run 'pipeline " + parse.Context.Selected().Path() + " --help' for its usage."
	}
	return &usageError{err: err, hint: hint}
}

// elsewhere names the commands that have a flag which this command lacks.
func elsewhere(err *kong.ParseError) string {
	name, ok := unknownFlag(err)
	if !ok || newName(err.Context.Selected(), name) != "" {
		return ""
	}
	var commands []string
	for _, command := range err.Context.Model.Leaves(true) {
		for _, flag := range command.Flags {
			if flag.Name == name {
				commands = append(commands, command.Path())
			}
		}
	}
	if commands == nil {
		return ""
	}
	return fmt.Sprintf("It is a flag of %s. ", strings.Join(commands, ", "))
}

// exitStatus is the exit status that tells a script the kind of err.
func exitStatus(err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, extract.ErrTooManyBad):
		return exitManyBad
	case errors.Is(err, gate.ErrRefused):
		return exitRefused
	case errors.Is(err, cache.ErrLocked), errors.Is(err, pipeline.ErrHeld), errors.Is(err, fetch.ErrBusy):
		return exitHeld
	default:
		return exitFailed
	}
}
