package main

import (
	"context"
	"errors"
	"fmt"

	"featurecache/pipeline/export"

	"github.com/alecthomas/kong"
)

type exportCmd struct {
	Format   string `required:"" enum:"onnx,safetensors,npz,parquet" placeholder:"FORMAT" help:"onnx: the whole network with the new head; safetensors: the head; npz or parquet: features."`
	File     string `required:"" placeholder:"FILE" help:"File to write."`
	Head     string `placeholder:"DIR" help:"Folder that fit wrote, or a head.safetensors in it; for onnx and safetensors."`
	Backbone string `placeholder:"FILE" help:"ONNX model that the head was trained on; for onnx."`
	Softmax  bool   `help:"Add an output, probabilities, to the onnx network."`
	Cache    string `placeholder:"FILE" help:"Feature store that extract made; for npz and parquet."`
}

func (*exportCmd) Help() string {
	return `Example:
  pipeline export --format onnx --head head --backbone resnet18.onnx --file classifier.onnx
  pipeline export --format parquet --cache features.db --file features.parquet

onnx: the backbone with the head in place of its classifier, in one file. The input is the backbone's (normalised images), the output is logits [N,C]; the metadata hold classes, transform, mean and std (0 to 1, in the order R,G,B).

safetensors: fc.weight [C,512] and fc.bias [C], as PyTorch names them; with a hidden layer, fc.0 and fc.2.

npz: features [N,512] float32, labels [N] int64, split [N] (0 train, 1 val) and view [N] int32, paths [N], classes [C].

parquet: path, class, split, view, hash (SHA-256 of the image file) and the list features. A path that is not UTF-8 is written as a Go string literal, "caf\xe9.jpg".

Features are those of the last extract: views 1 to K of training images, view 0 of validation images. The file is written whole or not at all.

Exit status: 0 done; 1 failed; 2 wrong usage; 75 another run holds the store.`
}

// exportSources are the flags that each format requires.
var exportSources = map[string][]string{
	"onnx": {"--head", "--backbone"}, "safetensors": {"--head"}, "npz": {"--cache"}, "parquet": {"--cache"},
}

// Validate requires the format's sources. A source that the format does not use is no
// error: a variable or a file may set it for other commands.
func (c *exportCmd) Validate(parsed *kong.Context) error {
	sources := map[string]string{"--head": c.Head, "--backbone": c.Backbone, "--cache": c.Cache}
	for _, flag := range exportSources[c.Format] {
		if sources[flag] == "" {
			return fmt.Errorf("missing flags: %s, which --format %s needs", flag, c.Format)
		}
	}
	if c.Format != "onnx" && given(parsed, "softmax") {
		return errors.New("--softmax is for --format onnx")
	}
	return nil
}

// Run runs the command.
func (c *exportCmd) Run(ctx context.Context) error {
	switch c.Format {
	case "onnx":
		return export.ONNX(c.Head, c.Backbone, c.File, c.Softmax)
	case "safetensors":
		return export.Safetensors(c.Head, c.File)
	case "parquet":
		return export.Parquet(ctx, c.Cache, c.File)
	}
	return export.NPZ(ctx, c.Cache, c.File)
}
