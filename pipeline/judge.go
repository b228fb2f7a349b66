package pipeline

import (
	"errors"
	"fmt"
	"os"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/gate"
	"featurecache/pipeline/trained"
)

// judge has the gate compare a new head, as scored, with the baselines.
func (s *baselines) judge(set *dataset.Dataset, scored *dataset.Scored, level float64) (*gate.Result, error) {
	in := gate.Input{Candidate: verdictsOf(scored), Compared: s.compared, Gained: s.gained, Level: level}
	if s.published == "" {
		return gate.Decide(in), nil
	}
	var err error
	if in.Published, err = s.judgeEarlier(set, s.published, scored.Images); err != nil {
		return nil, fmt.Errorf("the published head: %w; move %s away to publish without a comparison", err, s.out.current())
	}
	in.Reference = in.Published
	if s.reference != s.published {
		if in.Reference, err = s.judgeEarlier(set, s.reference, scored.Images); err != nil {
			return nil, fmt.Errorf("the reference head: %w; move %s away to go on without it", err, s.out.run(s.reference))
		}
	}
	return gate.Decide(in), nil
}

func verdictsOf(scored *dataset.Scored) []gate.Verdict {
	verdicts := make([]gate.Verdict, len(scored.Images))
	for i, img := range scored.Images {
		verdicts[i] = verdict(scored.Best(i) == img.Label)
	}
	return verdicts
}

func verdict(right bool) gate.Verdict {
	if right {
		return gate.Right
	}
	return gate.Wrong
}

// judgeEarlier has an earlier run's head classify images from their evaluation views in
// the feature space that it was trained on. Classes are compared by name, so that a head
// with other classes can be judged too: images of a class that it lacks count as wrong.
func (s *baselines) judgeEarlier(set *dataset.Dataset, name string, images []folder.Image) (*gate.Judged, error) {
	h, err := trained.Load(s.out.run(name))
	if errors.Is(err, os.ErrNotExist) {
		return &gate.Judged{Name: name}, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := h.Features()
	if err != nil {
		return nil, err
	}
	judged := &gate.Judged{Name: name, Verdicts: make([]gate.Verdict, len(images))}
	return judged, set.EachEvaluated(p.ID(), images, func(indices []int, x []float32) error {
		classes := len(h.Classes)
		logits := make([]float32, len(indices)*classes)
		h.Logits(logits, x)
		for k, i := range indices {
			best := head.Argmax(logits[k*classes:][:classes])
			judged.Verdicts[i] = verdict(h.Classes[best] == set.Scan.Classes[images[i].Label])
		}
		return nil
	})
}
