package main

import (
	"fmt"

	"featurecache/pipeline/version"

	"github.com/alecthomas/kong"
)

// versionFlag prints the version, wherever --version is on the command line.
type versionFlag bool

// BeforeReset is the hook that kong calls before it checks anything else.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, version.Line())
	app.Exit(exitDone)
	return nil
}
