package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

func zshCompletion(nodes []*kong.Node) string {
	var b strings.Builder
	b.WriteString(`#compdef pipeline
_pipeline() {
  local at= i
  local -a commands
  for ((i = 2; i < CURRENT; i++)); do
    case "$at ${words[i]}" in
`)
	for _, n := range nodes[1:] {
		fmt.Fprintf(&b, "      (%q) at=%q ;;\n", pathOf(n), pathOf(n))
	}
	b.WriteString("    esac\n  done\n  case \"$at\" in\n")
	for _, n := range nodes {
		fmt.Fprintf(&b, "    (%q)\n", pathOf(n))
		if len(n.Children) > 0 {
			b.WriteString("      if [[ $words[CURRENT] != -* ]]; then\n        commands=(\n")
			for _, child := range n.Children {
				if !child.Hidden {
					fmt.Fprintf(&b, "          %s\n", quoteShell(child.Name+":"+brief(child.Help)))
				}
			}
			b.WriteString("        )\n        _describe command commands; return\n      fi\n")
		}
		b.WriteString("      _arguments -S")
		for _, f := range flagsOf(n) {
			spec := fmt.Sprintf("*--%s[%s]%s", f.Name, zshText(brief(f.Help)), zshValue(f.Value, valuesOf(f.Value, f.PlaceHolder), f.Name))
			fmt.Fprintf(&b, " \\\n        %s", quoteShell(spec))
		}
		for _, p := range n.Positional {
			fmt.Fprintf(&b, " \\\n        %s", quoteShell("*"+zshValue(p, valuesOf(p, ""), p.Name)))
		}
		b.WriteString(" ;;\n")
	}
	b.WriteString("  esac\n}\n# autoloaded from fpath, or sourced\nif [[ $funcstack[1] == _pipeline ]]; then _pipeline \"$@\"; else compdef _pipeline pipeline; fi\n")
	return b.String()
}

func zshValue(value *kong.Value, v values, name string) string {
	switch v {
	case oneOf:
		return ":" + name + ":(" + enumOf(value) + ")"
	case aFile:
		return ":" + name + ":_files"
	case aFolder:
		return ":" + name + ":_files -/"
	case anyValue:
		return ":" + name + ":"
	default:
		return ""
	}
}

func zshText(s string) string {
	return strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(s)
}

// quoteShell quotes for bash and zsh.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
