package dataset

import (
	"fmt"
	"slices"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/trained"
)

// Scored is a head's output for the validation images, from their evaluation views.
type Scored struct {
	Images  []folder.Image // [N]
	Classes int
	Labels  []int32   // [N]
	Logits  []float32 // [N,C]
}

// NewScored returns the scores that follow from the logits [N,C] of the N images.
func NewScored(images []folder.Image, classes int, logits []float32) *Scored {
	return &Scored{Images: images, Classes: classes, Labels: Labels(images), Logits: logits}
}

// Best returns the predicted class of image i: the first with the largest logit.
func (s *Scored) Best(i int) int {
	return head.Argmax(s.Logits[i*s.Classes:][:s.Classes])
}

// Probabilities returns the softmax of the logits, [N,C]. It computes them anew, because
// with many classes they take much memory and few callers want them.
func (s *Scored) Probabilities() []float32 {
	p := slices.Clone(s.Logits)
	head.Softmax(p, s.Classes)
	return p
}

// Score has a head classify the validation images. It is an error if the head was trained
// on features of another space, or on other classes.
func (d *Dataset) Score(h *trained.Head) (*Scored, error) {
	p, err := h.Features()
	if err != nil {
		return nil, err
	}
	if got, want := p.ID(), d.Provenance.ID(); got != want {
		return nil, fmt.Errorf("%s does not fit: it was trained on features of space %s, and the store's last extract made features of space %s; run fit again",
			h.File, got, want)
	}
	if !slices.Equal(h.Classes, d.Scan.Classes) {
		return nil, fmt.Errorf("%s does not fit: it was trained on other classes than the store's last extract found; run fit again", h.File)
	}
	images, err := d.Images(folder.Val)
	if err != nil {
		return nil, err
	}
	x, err := d.Features(images, 0)
	if err != nil {
		return nil, err
	}
	logits := make([]float32, len(images)*len(h.Classes))
	h.Logits(logits, x)
	return NewScored(images, len(h.Classes), logits), nil
}
