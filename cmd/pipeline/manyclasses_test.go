package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/testdata"
)

// TestManyClasses runs all commands with thousands of classes: 10,000 in the long form.
func TestManyClasses(t *testing.T) {
	classes := 300
	if trials(t, 0) > 0 {
		classes = 10_000
	}
	set := faultSet{dir: t.TempDir(), rng: testdata.Rand(t)}
	set.data, set.net = filepath.Join(set.dir, "data"), filepath.Join(set.dir, "net.onnx")
	writeNet(t, set.net)
	var pictures []string // few: the test is about classes
	for i := range 50 {
		pictures = append(pictures, filepath.Join(set.dir, fmt.Sprintf("%d.png", i)))
		set.writeNoise(t, pictures[i], 16)
	}
	for _, split := range []string{"train", "val"} {
		for i := range classes {
			dir := filepath.Join(set.data, split, fmt.Sprintf("class %05d", i))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Link(pictures[i%len(pictures)], filepath.Join(dir, "a.png")); err != nil {
				t.Fatal(err)
			}
		}
	}
	at := func(name string) string { return filepath.Join(set.dir, name) }
	common := []string{"--data", set.data, "--backbone", set.net, "--views", "1", "--cache", at("f.db"), "--quiet"}
	must(t, append([]string{"extract"}, common...)...)
	must(t, "fit", "--quiet", "--cache", at("f.db"), "--out", at("head"), "--epochs", "1")
	must(t, "report", "--cache", at("f.db"), "--head", at("head"))
	must(t, append([]string{"run", "--out", at("out"), "--epochs", "1", "--level", "0"}, common...)...)
	said := must(t, "predict", "--head", at("head"), "--backbone", set.net, pictures[0])
	if !strings.Contains(said, "\tclass ") {
		t.Errorf("predict says %s", said)
	}
	info, err := os.Stat(filepath.Join(at("head"), "report.html"))
	if err != nil || info.Size() > 64<<20 {
		t.Errorf("the report: %v, %v", info, err)
	}
	tell(t, "many classes", classes, "extract, fit, report, run and predict end with exit status 0; report of %d KiB", info.Size()>>10)
}
