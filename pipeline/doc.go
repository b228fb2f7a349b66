// Package pipeline joins the two stages: [Fit] trains a head on the features that
// extract.Run stored and writes it with all that is needed to use it, [Predict]
// classifies images with it, [ExportNpz] hands the features to NumPy, and
// [RunDemo] shows everything on data that it makes itself.
package pipeline
