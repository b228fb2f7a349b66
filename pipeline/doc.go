// Package pipeline is the nightly run: [Run] extracts what is new, trains a head, has the
// gate compare it with the published one, writes its report, and publishes it in one step.
// Read run.go from the top.
//
// Each stage is a package of its own that works without the others: extract fills the
// store; pipeline/dataset opens what it left there; pipeline/train fits a head,
// pipeline/gate judges it, pipeline/report describes it. The other rooms use a finished
// head: pipeline/predict, pipeline/preview and pipeline/export. pipeline/trained is a
// head's file, which says what it was trained on.
package pipeline
