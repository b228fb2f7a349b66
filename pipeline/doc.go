// Package pipeline is the scheduled run: [Run] extracts what is new, trains a head, has the
// gate compare it with the published one, writes its report, and publishes it in one step.
// Read run.go from the top.
//
// Each stage is a package of its own. extract fills the store, pipeline/dataset opens what
// is there, pipeline/train fits a head, pipeline/gate decides whether it may be published,
// and pipeline/report describes it. pipeline/trained reads and writes the head's file.
// Other packages use a finished head: pipeline/predict, pipeline/preview and
// pipeline/export.
package pipeline
