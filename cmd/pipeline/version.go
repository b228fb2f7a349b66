package main

import (
	"fmt"

	"featurecache/pipeline/version"

	"github.com/alecthomas/kong"
)

// versionFlag answers --version in any place of the command line.
type versionFlag bool

// BeforeReset is kong's hook for a flag that acts before anything is checked.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	fmt.Fprintln(app.Stdout, version.Line())
	app.Exit(exitDone)
	return nil
}
