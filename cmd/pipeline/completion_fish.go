package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

func fishCompletion(nodes []*kong.Node) string {
	var b strings.Builder
	var paths []string
	for _, n := range nodes[1:] {
		paths = append(paths, quoteFish(strings.TrimSpace(pathOf(n))))
	}
	fmt.Fprintf(&b, `# fish completion for pipeline
function __pipeline_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        if contains -- $next %s
            set at $next
        end
    end
    test "$at" = "$argv"
end
complete -c pipeline -f
`, strings.Join(paths, " "))
	for _, n := range nodes {
		at := fmt.Sprintf("complete -c pipeline -n %s", quoteFish("__pipeline_at"+pathOf(n)))
		for _, child := range n.Children {
			if !child.Hidden {
				fmt.Fprintf(&b, "%s -a %s -d %s\n", at, child.Name, quoteFish(brief(child.Help)))
			}
		}
		for _, f := range flagsOf(n) {
			fmt.Fprintf(&b, "%s -l %s%s -d %s\n", at, f.Name, fishValue(f.Value, valuesOf(f.Value, f.PlaceHolder)), quoteFish(brief(f.Help)))
		}
		for _, p := range n.Positional {
			if v := valuesOf(p, ""); v == oneOf {
				fmt.Fprintf(&b, "%s -a %s\n", at, quoteFish(enumOf(p)))
			} else {
				fmt.Fprintf(&b, "%s -F\n", at)
			}
		}
	}
	return b.String()
}

func fishValue(value *kong.Value, v values) string {
	switch v {
	case oneOf:
		return " -x -a " + quoteFish(enumOf(value))
	case aFile:
		return " -r -F"
	case aFolder:
		return " -x -a '(__fish_complete_directories)'"
	case anyValue:
		return " -x"
	default:
		return ""
	}
}

func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
