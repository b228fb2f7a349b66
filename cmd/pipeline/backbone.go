package main

type backboneCmd struct {
	Inspect backboneInspectCmd `cmd:"" help:"Describe a model: its layers, where its features come from, and what can't run."`
	Fetch   backboneFetchCmd   `cmd:"" help:"Download a pretrained model of the ONNX zoo."`
	Check   backboneCheckCmd   `cmd:"" help:"Compare a model's features with those of another program."`
	Bench   backboneBenchCmd   `cmd:"" help:"Measure a model's time per image."`
}

// modelFlags name a model and what to take from it.
type modelFlags struct {
	Backbone string `required:"" placeholder:"FILE" help:"ONNX model."`
	Feature  string `placeholder:"NAME" help:"Tensor to take as features; NAME[cls] takes its first token, NAME[mean] the mean of its tokens or pixels. What enters the classifier if not given."`
}
