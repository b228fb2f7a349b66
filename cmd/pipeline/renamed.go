package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// renamed lists, by command, the flags that had another name. Using an old name is an
// error that names the new one.
var renamed = map[string]map[string]string{
	"extract":        {"seed": "--view-seed"},
	"predict":        {"format": "--json or --csv"},
	"preview":        {"out": "--png", "seed": "--image-seed", "views": "--columns"},
	"report":         {"out": "--html"},
	"export":         {"out": "--file"},
	"cache gc":       {"keep": "--keep-space"},
	"backbone bench": {"batch": "--forward-batch"},
	"backbone fetch": {"dir": "--model-dir"},
}

// newName is the present name of a flag that a command has renamed, "" for other flags.
func newName(command *kong.Node, flag string) string {
	return renamed[strings.TrimSpace(pathOf(command))][flag]
}

// unknownFlag is the flag that the parser's error says is unknown.
func unknownFlag(err *kong.ParseError) (name string, ok bool) {
	name, ok = strings.CutPrefix(err.Error(), "unknown flag --")
	name, _, _ = strings.Cut(name, ",") // the parser's guess follows
	return name, ok
}

// flagError is err in plain words, with the present name of a flag that was renamed.
func flagError(err *kong.ParseError) error {
	if flag, ok := strings.CutSuffix(err.Error(), ` but got "EOL" (<EOL>)`); ok {
		flag, _, _ = strings.Cut(flag, ": expected ")
		return fmt.Errorf("%s: the value is missing", flag)
	}
	name, ok := unknownFlag(err)
	if !ok {
		return err
	}
	if now := newName(err.Context.Selected(), name); now != "" {
		return fmt.Errorf("unknown flag --%s: it is now called %s", name, now)
	}
	return err
}

// given reports whether a flag is on the command line. A flag that a variable or the
// configuration sets may be meant for other commands.
func given(parsed *kong.Context, flag string) bool {
	return slices.ContainsFunc(parsed.Path, func(p *kong.Path) bool {
		return p.Flag != nil && p.Flag.Name == flag && !p.Resolved
	})
}
