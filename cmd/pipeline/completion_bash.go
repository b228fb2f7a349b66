package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// bashCompletion works with bash 3.2, which macOS has, and later.
func bashCompletion(nodes []*kong.Node) string {
	var b strings.Builder
	b.WriteString(`# bash completion for pipeline
_pipeline() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= words= files= i
  local IFS=$'\n'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at ${COMP_WORDS[i]}" in
`)
	for _, n := range nodes[1:] {
		fmt.Fprintf(&b, "      %q) at=%q ;;\n", pathOf(n), pathOf(n))
	}
	// --flag=value arrives as three words.
	b.WriteString(`    esac
  done
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  case "$at:$prev" in
`)
	for _, n := range nodes {
		for _, f := range flagsOf(n) {
			if v := valuesOf(f.Value, f.PlaceHolder); v != noValue {
				fmt.Fprintf(&b, "    %q) %s; return ;;\n", pathOf(n)+":--"+f.Name, bashValue(f.Value, v))
			}
		}
	}
	b.WriteString("  esac\n  case \"$at\" in\n")
	for _, n := range nodes {
		var flags, words []string
		for _, f := range flagsOf(n) {
			flags = append(flags, "--"+f.Name)
		}
		for _, child := range n.Children {
			if !child.Hidden {
				words = append(words, child.Name)
			}
		}
		files := ""
		for _, p := range n.Positional {
			if v := valuesOf(p, ""); v == oneOf {
				words = append(words, p.EnumSlice()...)
			} else {
				files = "1"
			}
		}
		fmt.Fprintf(&b, "    %q)\n      files=%s\n      if [[ $cur == -* ]]; then words=%q; files=; else words=%q; fi ;;\n",
			pathOf(n), files, strings.Join(flags, " "), strings.Join(words, " "))
	}
	b.WriteString(`  esac
  COMPREPLY=($(IFS=' '; compgen -W "$words" -- "$cur"))
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -F _pipeline pipeline
`)
	return b.String()
}

func bashValue(value *kong.Value, v values) string {
	switch v {
	case oneOf:
		return fmt.Sprintf(`COMPREPLY=($(IFS=' '; compgen -W %q -- "$cur"))`, enumOf(value))
	case aFile:
		return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))`
	case aFolder:
		return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur"))`
	default:
		return ":"
	}
}
