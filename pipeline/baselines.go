package pipeline

import (
	"errors"
	"fmt"
	"os"

	"featurecache/pipeline/trained"
)

// baselines are the earlier heads that the gate compares a new one with, named by their
// folders.
type baselines struct {
	out       outFolder
	published string  // "" when there is none
	record    *Record // the published run's; nil when it has none
	reference string
	compared  int  // heads published beside the reference
	gained    bool // the published head is significantly better: the next one becomes the reference
}

// baselines reads which heads they are. A published head is its own reference if it was
// published by hand, if it was published although the gate had refused it, or if its record
// is older than references.
func (o outFolder) baselines() (*baselines, error) {
	s := &baselines{out: o}
	var err error
	if s.published, err = o.published(); err != nil || s.published == "" {
		return s, err
	}
	s.reference = s.published
	s.record, err = readRecord(o.run(s.published))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("the published run: %w; move %s away to publish without a comparison", err, o.current())
	}
	if s.record.Reference != "" && s.record.passed() {
		s.reference, s.compared = s.record.Reference, s.record.Compared
		s.gained = s.record.Gate != nil && s.record.Gate.Better
	}
	return s, nil
}

// unchanged reports whether the published head was made from the same inputs and still
// exists.
func (s *baselines) unchanged(inputs string) (bool, error) {
	if s.record == nil || s.record.Inputs != inputs {
		return false, nil
	}
	_, err := trained.Load(s.out.run(s.published))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the published head: %w; move %s away to publish without a comparison", err, s.out.current())
	}
	return true, nil
}

// refused returns the newest refused run if the decision would be the same now: the same
// inputs, compared with the same heads at the same level.
func (s *baselines) refused(inputs string, level float64) (name string, record *Record, err error) {
	names, err := s.out.runs()
	if err != nil {
		return "", nil, err
	}
	for i := len(names) - 1; i >= 0; i-- {
		r, err := readRecord(s.out.run(names[i]))
		if err != nil || r.passed() {
			continue // a record that can't be read decides nothing
		}
		g := r.Gate
		if r.Inputs == inputs && g.Level == level && g.Against == s.published && g.ReferenceName() == s.reference {
			return names[i], r, nil
		}
		return "", nil, nil
	}
	return "", nil, nil
}

// settle records what the reference is after a run.
func (s *baselines) settle(r *Record, name string) {
	g := r.Gate
	switch {
	case g.NewReference:
		r.Reference, r.Compared = name, 0
	case !g.Passed:
		r.Reference, r.Compared = s.reference, s.compared
	case g.ReferenceLost:
		r.Reference, r.Compared = s.published, 1
	default:
		r.Reference, r.Compared = s.reference, s.compared+1
	}
}
