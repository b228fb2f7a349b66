package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"featurecache/extract"
	"featurecache/extract/backbone/graph"
)

type backboneInspectCmd struct {
	modelFlags `embed:""`

	Tensors bool `help:"List every tensor that --feature can name."`
	JSON    bool `help:"Print one JSON object."`
}

func (*backboneInspectCmd) Help() string {
	return `Example:
  pipeline backbone inspect --backbone resnet18.onnx

Prints inputs, outputs, layers as they run, parameters, multiply-adds per image, where the features come from and why, and the fingerprint that names the model in a store. If the model can't run, prints what could be read and each node that is not supported.

Exit status: 0 done; 1 the model can't run; 2 wrong usage.`
}

// modelJSON is what inspect --json prints.
type modelJSON struct {
	File          string      `json:"file"`
	Producer      string      `json:"producer"`
	Opset         int64       `json:"opset"`
	Inputs        []string    `json:"inputs"`
	Outputs       []string    `json:"outputs"`
	Files         []string    `json:"files"` // beside the model, with weights
	Parameters    int         `json:"parameters"`
	MACs          int64       `json:"macs"`
	Image         []int       `json:"image,omitempty"`         // [3,H,W]
	Preprocessing string      `json:"preprocessing,omitempty"` // how the image is made, and why
	Feature       string      `json:"feature"`
	Width         int         `json:"width"` // features of an image
	Why           string      `json:"why"`
	Fingerprint   string      `json:"sha256,omitempty"`
	Layers        []layerJSON `json:"layers"`
	Tensors       []string    `json:"tensors"`
	Problems      []string    `json:"problems"`
}

type layerJSON struct {
	Layer      string `json:"layer"`
	Output     string `json:"output"`
	Shape      [3]int `json:"shape"`
	Parameters int    `json:"parameters"` // with batch norms folded in
	MACs       int64  `json:"macs"`
}

// Run runs the command.
func (c *backboneInspectCmd) Run(con console) error {
	info, err := graph.Inspect(c.Backbone, extract.ModelOptions(c.Backbone, c.Feature, 0))
	m := describeModel(c.Backbone, info)
	if c.JSON {
		enc := json.NewEncoder(con.stdout)
		enc.SetIndent("", "  ")
		if jsonErr := enc.Encode(m); jsonErr != nil {
			return jsonErr
		}
		return err
	}
	printModel(con.stdout, m)
	if c.Tensors {
		fmt.Fprintln(con.stdout)
		for _, name := range m.Tensors {
			fmt.Fprintln(con.stdout, quotePath(name))
		}
	}
	return err
}

func describeModel(path string, info *graph.Info) modelJSON {
	m := modelJSON{
		File: path, Producer: info.Producer, Opset: info.Opset,
		Inputs: []string{}, Outputs: []string{}, Files: append([]string{}, info.Files...),
		Parameters: info.Params, Feature: info.Feature, Why: info.Why,
		Layers: []layerJSON{}, Tensors: append([]string{}, info.Tensors...), Problems: []string{},
	}
	for _, t := range info.Inputs {
		m.Inputs = append(m.Inputs, t.String())
	}
	for _, t := range info.Outputs {
		m.Outputs = append(m.Outputs, t.String())
	}
	for _, problem := range info.Problems {
		m.Problems = append(m.Problems, problem.Error())
	}
	g := info.Graph
	if g == nil {
		return m
	}
	m.MACs, m.Width, m.Fingerprint = g.MACs(), g.Features.Shape.Len(), fmt.Sprintf("%x", g.Hash)
	m.Image = []int{g.Input.Shape.C, g.Input.Shape.H, g.Input.Shape.W}
	m.Preprocessing = describePreprocessing(g, path)
	for _, l := range g.Layers {
		out := l.Output()
		m.Layers = append(m.Layers, layerJSON{
			Layer: graph.Describe(l), Output: out.Name, Shape: [3]int{out.Shape.C, out.Shape.H, out.Shape.W},
			Parameters: layerParameters(l), MACs: graph.MACs(l),
		})
	}
	return m
}

// describePreprocessing says how extract would make the image without flags, or why it
// would refuse to.
func describePreprocessing(g *graph.Graph, path string) string {
	p, err := extract.PreprocessingOf(g, path, extract.PreprocessingOptions{})
	if err != nil {
		return err.Error()
	}
	if doubt := p.Doubt(); doubt != "" {
		return p.String() + "; " + doubt
	}
	return p.String()
}

func layerParameters(l graph.Layer) int {
	switch l := l.(type) {
	case *graph.Conv:
		return len(l.Weight) + len(l.Bias)
	case *graph.Affine:
		return len(l.Scale) + len(l.Shift)
	case *graph.Norm:
		return len(l.Scale) + len(l.Shift)
	case *graph.Constant:
		return len(l.Data)
	}
	return 0
}

func printModel(w io.Writer, m modelJSON) {
	fmt.Fprintf(w, "%s\n", quotePath(m.File))
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-13s %s\n", name, quotePath(value))
		}
	}
	row("made by", m.Producer)
	if m.Opset > 0 {
		row("opset", fmt.Sprint(m.Opset))
	}
	row("inputs", strings.Join(m.Inputs, "; "))
	row("outputs", strings.Join(m.Outputs, "; "))
	row("weights in", strings.Join(m.Files, ", "))
	if m.Parameters > 0 {
		row("parameters", fmt.Sprint(m.Parameters))
	}
	if m.Fingerprint != "" {
		row("multiply-adds", fmt.Sprintf("%d per image of %d×%d", m.MACs, m.Image[1], m.Image[2]))
	}
	row("preprocessing", m.Preprocessing)
	if m.Feature != "" {
		text := fmt.Sprintf("%q: %s", m.Feature, m.Why)
		if m.Width > 0 {
			text = fmt.Sprintf("%d values of %s", m.Width, text)
		}
		row("features", text)
	}
	row("SHA-256", m.Fingerprint)
	if len(m.Layers) > 0 {
		fmt.Fprintln(w)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "shape\tparameters\tmultiply-adds\t  layer")
		for _, l := range m.Layers {
			fmt.Fprintf(t, "%d×%d×%d\t%d\t%d\t  %s\n", l.Shape[0], l.Shape[1], l.Shape[2], l.Parameters, l.MACs, l.Layer)
		}
		_ = t.Flush()
	}
	for _, problem := range m.Problems {
		fmt.Fprintln(w, "  can't run:", quotePath(problem))
	}
}
