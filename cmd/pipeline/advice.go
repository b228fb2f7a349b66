package main

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"featurecache/cache"
)

// message is an error as users read it: one line, which ends with what to do.
func message(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if todo := advice(err, text); todo != "" {
		text += "; " + todo
	}
	return text
}

// advice tells what to do about errors whose text, the system's for the most part,
// leaves that open. Some lose their cause on the way through libraries and keep
// its text.
func advice(err error, text string) string {
	caused := func(cause error) bool { return errors.Is(err, cause) || strings.Contains(text, cause.Error()) }
	switch {
	case strings.Contains(text, "extract again"), strings.Contains(text, "same command"): // whoever said that knew more
		return ""
	case errors.Is(err, context.Canceled):
		return "interrupted: give the same command again"
	case errors.Is(err, cache.ErrDamaged):
		return "give the command cache verify --repair, which keeps what is whole, and extract again"
	case errors.Is(err, cache.ErrNotStore):
		return "give the name of a file that extract made, or of a new one"
	case caused(syscall.ENOSPC), caused(syscall.EDQUOT):
		return "make room and give the same command again; what is in the store stays"
	case caused(syscall.EROFS):
		return "write to another disk, or mount this one for writing"
	case errors.Is(err, fs.ErrPermission):
		return "change the permissions, or be a user who has them"
	}
	return ""
}
