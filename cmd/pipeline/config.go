package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sort"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// config answers flags from a YAML file. A top-level 'flag: value' serves every
// command that has the flag; 'command: {flag: value}' serves that command and
// takes precedence. A key that no command has is an error: a misspelt option that was
// silently ignored would train the wrong model every night.
type config struct {
	file   string
	values map[string]any
}

func loadConfig(r io.Reader) (kong.Resolver, error) {
	c := config{}
	if f, ok := r.(*os.File); ok {
		c.file = f.Name()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, &fs.PathError{Op: "read", Path: c.file, Err: syscall.EISDIR}
		}
	}
	if err := yaml.NewDecoder(r).Decode(&c.values); err != nil && !errors.Is(err, io.EOF) {
		return nil, c.failed(err)
	}
	return c, nil
}

func (c config) failed(err error) error {
	return &usageError{
		err:  fmt.Errorf("configuration %s: %w", c.file, err),
		hint: "Write 'flag: value' for every command that has the flag, or 'command: {flag: value}' for one.",
	}
}

// Validate implements [kong.Resolver].
func (c config) Validate(app *kong.Application) error {
	if err := checkKeys(app.Node, c.values, ""); err != nil {
		return c.failed(err)
	}
	return nil
}

func checkKeys(node *kong.Node, values map[string]any, section string) error {
	for _, key := range sortedKeys(values) {
		if sub, ok := values[key].(map[string]any); ok {
			child := childNamed(node, key)
			if child == nil {
				return fmt.Errorf("no command is called %q", strings.TrimSpace(section+" "+key))
			}
			if err := checkKeys(child, sub, strings.TrimSpace(section+" "+key)); err != nil {
				return err
			}
			continue
		}
		if now := newName(node, key); now != "" {
			return fmt.Errorf("%q in section '%s' is now called %s", key, section, now)
		}
		if !hasFlag(node, key) {
			where := "any command"
			if section != "" {
				where = "'" + section + "'"
			}
			return fmt.Errorf("%q is not a flag of %s", key, where)
		}
	}
	return nil
}

func childNamed(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// hasFlag reports whether node or a command under it has the flag.
func hasFlag(node *kong.Node, name string) bool {
	return slices.ContainsFunc(node.Flags, func(f *kong.Flag) bool { return f.Name == name && name != "config" && name != "help" }) ||
		slices.ContainsFunc(node.Children, func(n *kong.Node) bool { return hasFlag(n, name) })
}

// Resolve implements [kong.Resolver].
func (c config) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, ok := os.LookupEnv(env); ok {
			return nil, nil // the variable takes precedence over the file
		}
	}
	values, found := c.values, c.values[flag.Name]
	for _, command := range commandPath(parent.Node()) {
		values, _ = values[command].(map[string]any)
		if v, ok := values[flag.Name]; ok {
			found = v
		}
	}
	if _, section := found.(map[string]any); section {
		return nil, nil // 'cache: {…}' is the command's section, not the flag
	}
	return found, nil
}

// commandPath lists the names of the commands down to node, without the application.
func commandPath(node *kong.Node) []string {
	var path []string
	for ; node != nil && node.Type != kong.ApplicationNode; node = node.Parent {
		path = append(path, node.Name)
	}
	slices.Reverse(path)
	return path
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
