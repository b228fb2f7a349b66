package main

type backboneCmd struct {
	Inspect backboneInspectCmd `cmd:"" help:"Say what a model is, where its features come from, and what in it can't run."`
	Fetch   backboneFetchCmd   `cmd:"" help:"Download a pretrained model of the ONNX zoo."`
	Check   backboneCheckCmd   `cmd:"" help:"Compare a model's features with those of another program."`
	Bench   backboneBenchCmd   `cmd:"" help:"Measure how long a model takes an image."`
}

// modelFlags name a model and what to take from it.
type modelFlags struct {
	Backbone string `required:"" placeholder:"FILE" help:"ONNX model."`
	Feature  string `placeholder:"NAME" help:"Tensor to take as features; what enters the last fully connected layer if not given."`
}
