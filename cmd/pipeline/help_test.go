package main

import (
	"strings"
	"testing"
)

// TestHelp requires of every command's help one sentence, then an example, and the exit
// statuses.
func TestHelp(t *testing.T) {
	app, err := newParser()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range commands(app.Model.Node)[1:] {
		path := "pipeline" + pathOf(n)
		if !strings.HasSuffix(n.Help, ".") || strings.Contains(n.Help, ". ") {
			t.Errorf("%s: %q is not one sentence", path, n.Help)
		}
		if len(n.Children) > 0 {
			continue // its subcommands have the examples
		}
		if !strings.HasPrefix(n.Detail, "Example:\n  ") || !strings.Contains(n.Detail, path+" ") && !strings.Contains(n.Detail, path+"\n") {
			t.Errorf("%s --help does not begin with an example of it", path)
		}
		if !strings.Contains(n.Detail, "Exit status: 0 ") {
			t.Errorf("%s --help does not tell the exit statuses", path)
		}
	}
}
