package pipeline

import (
	"errors"
	"fmt"
	"os"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/head"
)

// gate compares tonight's head, in dir, with those that stand.
func (d *dataset) gate(dir string, s *standing, level float64) (*GateResult, error) {
	if s.published == "" {
		g := &GateResult{Level: level, Passed: true, PBetter: 1, NewReference: true}
		g.P, g.Note = 1, "no head is published yet"
		return g, nil
	}
	images, err := d.some(folder.Val)
	if err != nil {
		return nil, err
	}
	tonight, err := openHead(dir)
	if err != nil {
		return nil, err
	}
	now, err := d.judge(tonight.Head, images)
	if err != nil {
		return nil, err
	}
	published, err := d.judgeNight(s.out, s.published, images)
	if err != nil {
		return nil, fmt.Errorf("the published head: %w; move it away to publish without a comparison", err)
	}
	reference := published
	if s.reference != s.published {
		if reference, err = d.judgeNight(s.out, s.reference, images); err != nil {
			return nil, fmt.Errorf("the reference head: %w; move it away to go on without it", err)
		}
	}
	return s.decide(level, published, reference, now), nil
}

// judgeNight has an earlier night's head predict images.
func (d *dataset) judgeNight(out outFolder, name string, images []folder.Image) (*judged, error) {
	h, err := openHead(out.night(name))
	if errors.Is(err, os.ErrNotExist) {
		return &judged{folder: name}, nil
	}
	if err != nil {
		return nil, err
	}
	verdicts, err := d.judge(h.Head, images)
	return &judged{name, verdicts}, err
}

// judgeRows is the number of features that judge has in memory at a time.
const judgeRows = 4096

// judge has a head predict images from their evaluation views in the space that it
// was trained on. Classes are compared by name, so that a head that knows other
// classes can be judged too: what it can't name it gets wrong.
func (d *dataset) judge(h *head.Head, images []folder.Image) ([]verdict, error) {
	verdicts := make([]verdict, len(images))
	space, err := d.spaceOf(h)
	if err != nil || space == nil {
		return verdicts, err
	}
	var keys []cache.Key
	var at []int // the keys' images
	for i, img := range images {
		if k := (cache.Key{Content: img.Content}); space.Has(k) {
			keys, at = append(keys, k), append(at, i)
		}
	}
	x := make([]float32, min(judgeRows, len(keys))*h.In)
	logits := make([]float32, min(judgeRows, len(keys))*len(h.Bias))
	for len(keys) > 0 {
		n := min(judgeRows, len(keys))
		if err := d.store.Read(space.Space().ID(), keys[:n], x[:n*h.In]); err != nil {
			return nil, err
		}
		h.Logits(logits, x[:n*h.In])
		for i := range n {
			best := largest(logits[i*len(h.Bias):][:len(h.Bias)])
			verdicts[at[i]] = wrong
			if h.Classes[best] == d.scan.Classes[images[at[i]].Label] {
				verdicts[at[i]] = right
			}
		}
		keys, at = keys[n:], at[n:]
	}
	return verdicts, nil
}

// spaceOf is the index of the space that a head was trained on, or nil if the store
// does not have it.
func (d *dataset) spaceOf(h *head.Head) (*cache.Index, error) {
	id, err := (&headOnDisk{Head: h}).space()
	if err != nil {
		return nil, err
	}
	x, err := d.store.Index(id)
	if errors.Is(err, cache.ErrNoSpace) {
		return nil, nil
	}
	return x, err
}

// largest is the index of the first largest value.
func largest(row []float32) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}
