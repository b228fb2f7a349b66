package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd writes our own scripts, one file per shell. kong 1.17 has no completion
// of its own. kongplete 0.4 completes words, but not the descriptions of flags, and its
// bash and zsh scripts insert a file name with spaces unquoted; it would add five modules.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (*completionCmd) Help() string {
	return `Example:
  pipeline completion bash >~/.local/share/bash-completion/completions/pipeline
  pipeline completion zsh >"${fpath[1]}/_pipeline"
  pipeline completion fish >~/.config/fish/completions/pipeline.fish

The script contains all commands, flags and their values, and does not run the program. Write it again after an update.

Exit status: 0 done; 2 wrong usage.`
}

// Run runs the command.
func (c *completionCmd) Run(app *kong.Kong, con console) error {
	write := map[string]func([]*kong.Node) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	_, err := fmt.Fprint(con.stdout, write[c.Shell](commands(app.Model.Node)))
	return err
}

// commands lists node and all commands below it that are not hidden.
func commands(node *kong.Node) []*kong.Node {
	list := []*kong.Node{node}
	for _, child := range node.Children {
		if !child.Hidden {
			list = append(list, commands(child)...)
		}
	}
	return list
}

// pathOf is the command's name as typed after the program's, " cache ls"; "" for the program.
func pathOf(node *kong.Node) string {
	var b strings.Builder
	for _, name := range commandPath(node) {
		b.WriteString(" " + name)
	}
	return b.String()
}

// flagsOf are the flags that may follow the command.
func flagsOf(node *kong.Node) []*kong.Flag {
	var flags []*kong.Flag
	for _, group := range node.AllFlags(true) {
		flags = append(flags, group...)
	}
	return flags
}

// values is what a flag or an argument takes.
type values int

const (
	noValue values = iota
	oneOf          // the values of its enum
	aFile
	aFolder
	anyValue
)

func valuesOf(v *kong.Value, placeholder string) values {
	switch {
	case v.IsBool():
		return noValue
	case v.Enum != "":
		return oneOf
	case strings.Contains(placeholder, "FILE"):
		return aFile
	case strings.Contains(placeholder, "DIR"):
		return aFolder
	case v.Flag == nil: // each argument without an enum is a file or a folder
		return aFile
	}
	return anyValue
}

// enumOf lists an enum's values in order.
func enumOf(v *kong.Value) string {
	return strings.Join(v.EnumSlice(), " ")
}

// brief is the first clause of a help text.
func brief(help string) string {
	for _, end := range []string{". ", "; ", ": ", " ("} {
		help, _, _ = strings.Cut(help, end)
	}
	return strings.TrimSuffix(help, ".")
}
