package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/alecthomas/kong"
)

// TestOneMeaning requires that a flag takes the same kind of value in every command, as
// one variable or configuration key sets it for all of them.
func TestOneMeaning(t *testing.T) {
	first := map[string]string{}
	eachFlag(t, func(command *kong.Node, flag *kong.Flag) {
		kind := flag.Target.Type()
		if kind.Kind() == reflect.Slice { // sweep tries several
			kind = kind.Elem()
		}
		meaning := fmt.Sprint(kind, " ", flag.PlaceHolder, " ", flag.Enum)
		if other, ok := first[flag.Name]; ok && other != meaning {
			t.Errorf("%s --%s takes %s, elsewhere %s", command.Path(), flag.Name, meaning, other)
		}
		first[flag.Name] = meaning
	})
}

// TestSharedSettings requires that every command accepts the variables of all flags,
// and the configuration in examples/.
func TestSharedSettings(t *testing.T) {
	arguments := map[string][]string{
		"predict": {"a.jpg"}, "completion": {"bash"}, "backbone fetch": {"resnet18"}, "cache merge": {"a.db", "b.db"},
	}
	values := map[string]string{
		"url": "https://example.org/x", "ping": "https://example.org/x", "shard": "1/2", "mean": "0.5,0.5,0.5", "std": "0.25,0.25,0.25",
		"max-memory": "1GiB", "class-weights": "balanced", "threshold": "0.5", "recompute": "1%", "views": "5", "resize": "256x256",
	}
	config, err := filepath.Abs(filepath.Join("..", "..", "examples", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{}
	eachFlag(t, func(_ *kong.Node, flag *kong.Flag) {
		if len(flag.Envs) == 0 || flag.Name == "config" {
			return
		}
		if _, ok := variables[flag.Envs[0]]; ok {
			return // sweep's lists come after fit's single values
		}
		value := values[flag.Name]
		switch {
		case value != "":
		case flag.IsBool():
			value = "true"
		case flag.Enum != "":
			value = flag.EnumSlice()[0]
		case flag.HasDefault && flag.Default != "":
			value = flag.Default
		default:
			value = "x"
		}
		variables[flag.Envs[0]] = value
	})
	if len(variables) < 50 {
		t.Fatalf("only %d variables", len(variables))
	}
	check := func(how string, args ...string) {
		t.Helper()
		parser, err := newParser()
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range parser.Model.Leaves(true) {
			name := commandPath(command)
			line := append(append(append([]string{}, args...), name...), arguments[pathOf(command)[1:]]...)
			if how == "config" { // the file need not name all that a command requires
				for _, flag := range command.Flags {
					if flag.Required && flag.Name != "cache" {
						value := "x"
						if flag.Enum != "" {
							value = "safetensors"
						}
						line = append(line, "--"+flag.Name, value)
					}
				}
				line = append(line, map[string][]string{"export": {"--head", "head"}}[pathOf(command)[1:]]...)
			}
			if _, err := parser.Parse(line); err != nil {
				t.Errorf("%s: %v: %v", how, line, err)
			}
		}
	}
	check("config", "--config", config)
	for name, value := range variables {
		t.Setenv(name, value)
	}
	check("variables")
	if os.Getenv("PIPELINE_VIEW_SEED") == "" {
		t.Error("PIPELINE_VIEW_SEED is not among the variables")
	}
}

func eachFlag(t *testing.T, do func(*kong.Node, *kong.Flag)) {
	t.Helper()
	parser, err := newParser()
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(true) {
		for _, flag := range flagsOf(command) {
			do(command, flag)
		}
	}
}
