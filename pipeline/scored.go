package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"featurecache/cache/folder"
	"featurecache/head"
)

// scoredSplit is what a head says of the images of a split, from their stored
// evaluation views.
type scoredSplit struct {
	images        []folder.Image
	classes       int
	labels        []int32   // [N]
	logits        []float32 // [N,C]
	probabilities []float32 // [N,C], as Predict tells them
}

// best is the class that an image is predicted to be: the first with the largest
// logit.
func (s *scoredSplit) best(i int) (class int, probability float64) {
	row := s.logits[i*s.classes:][:s.classes]
	for c, l := range row {
		if l > row[class] {
			class = c
		}
	}
	return class, float64(s.probabilities[i*s.classes+class])
}

// loadHead loads a head from its file or the folder that Fit wrote.
func loadHead(path string) (trained *head.Head, file string, err error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, headFile)
	}
	trained, err = head.Load(path)
	return trained, path, err
}

// score measures a head on the validation images. The head must have been trained
// on features of the same space and on the same classes.
func (d *dataset) score(trained *head.Head) (*scoredSplit, error) {
	if got, want := trained.Meta["space"], d.space.ID().String(); got != want {
		return nil, fmt.Errorf("%w: it was trained on features of space %s and the store's last extract made space %s; run fit again",
			ErrMismatch, got, want)
	}
	if trained.In != d.space.Width || !slices.Equal(trained.Classes, d.scan.Classes) {
		return nil, fmt.Errorf("%w: it was trained on other classes than the store's last extract found; run fit again", ErrMismatch)
	}
	images := d.images(folder.Val)
	if len(images) == 0 {
		return nil, fmt.Errorf("%s has no usable %s image", d.scan.Root, folder.Val)
	}
	x, err := d.features(images, 0)
	if err != nil {
		return nil, err
	}
	s := &scoredSplit{images: images, classes: len(trained.Bias), labels: make([]int32, len(images))}
	for i, img := range images {
		s.labels[i] = int32(img.Label)
	}
	s.logits = make([]float32, len(images)*s.classes)
	trained.Logits(s.logits, x)
	s.probabilities = make([]float32, len(images)*s.classes)
	trained.Probabilities(s.probabilities, x)
	return s, nil
}
