package main

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"featurecache/cache"
)

// message is an error as users read it: one line that ends with what to do.
func message(err error) string {
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if todo := advice(err, text); todo != "" {
		text += "; " + todo
	}
	return text
}

// advice says what to do about an error whose text does not, as the operating
// system's errors. Some libraries drop the cause and keep its text, so the text is
// searched too.
func advice(err error, text string) string {
	caused := func(cause error) bool { return errors.Is(err, cause) || strings.Contains(text, cause.Error()) }
	switch {
	case strings.Contains(text, "extract again"), strings.Contains(text, "same command"): // the error gives better advice already
		return ""
	case errors.Is(err, context.Canceled):
		return "interrupted: run the same command again"
	case errors.Is(err, cache.ErrDamaged):
		return "run cache verify --repair, which keeps what is undamaged, and extract again"
	case errors.Is(err, cache.ErrNotStore):
		return "name a file that extract made, or a new one"
	case caused(syscall.ENOSPC), caused(syscall.EDQUOT):
		return "free some space and run the same command again; the store keeps what it has"
	case caused(syscall.EROFS):
		return "write to another disk, or remount this one read-write"
	case errors.Is(err, fs.ErrNotExist) && !strings.Contains(text, "; "): // else the error gives advice
		return "check the path"
	case errors.Is(err, syscall.EISDIR):
		return "name a file"
	case errors.Is(err, fs.ErrPermission):
		return "change the permissions, or run as a user who has them"
	}
	return ""
}
