package pipeline

import (
	"errors"
	"fmt"
	"os"
)

// standing is what tonight's head is compared with, named by folders.
type standing struct {
	out       outFolder
	published string // "" when there is none
	night     *Night // the published one's record; nil when it has none
	reference string
	compared  int  // heads published beside the reference
	gained    bool // the published head is significantly better: the next will be the reference
}

// standing reads what stands. Records from before there were references, and heads
// that somebody has put there by hand, are their own reference, and so is a head
// that was published although it had been refused.
func (o outFolder) standing() (*standing, error) {
	s := &standing{out: o}
	var err error
	if s.published, err = o.published(); err != nil || s.published == "" {
		return s, err
	}
	s.reference = s.published
	s.night, err = readNight(o.night(s.published))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("the published night: %w; move %s away to publish without a comparison", err, o.current())
	}
	if s.night.Reference != "" && s.night.passed() {
		s.reference, s.compared = s.night.Reference, s.night.Compared
		s.gained = s.night.Gate != nil && s.night.Gate.Better
	}
	return s, nil
}

// unchanged says whether the published head was made of the same things, and is
// there.
func (s *standing) unchanged(inputs string) (bool, error) {
	if s.night == nil || s.night.Inputs != inputs {
		return false, nil
	}
	_, err := openHead(s.out.night(s.published))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the published head: %w; move %s away to publish without a comparison", err, s.out.current())
	}
	return true, nil
}

// refused finds the newest refused night, if a head of the same inputs would be
// refused again for it is compared with the same heads at the same level.
func (s *standing) refused(inputs string, level float64) (name string, night *Night, err error) {
	names, err := s.out.nights()
	if err != nil {
		return "", nil, err
	}
	for i := len(names) - 1; i >= 0; i-- {
		n, err := readNight(s.out.night(names[i]))
		if err != nil || n.passed() {
			continue // a night that can't be read decides nothing
		}
		g := n.Gate
		if n.Inputs == inputs && g.Level == level && g.Against == s.published && g.reference() == s.reference {
			return names[i], n, nil
		}
		return "", nil, nil
	}
	return "", nil, nil
}

// settle notes in a night's record what the reference is after it.
func (s *standing) settle(night *Night, name string) {
	g := night.Gate
	switch {
	case g.NewReference:
		night.Reference, night.Compared = name, 0
	case !g.Passed:
		night.Reference, night.Compared = s.reference, s.compared
	case g.ReferenceLost:
		night.Reference, night.Compared = s.published, 1
	default:
		night.Reference, night.Compared = s.reference, s.compared+1
	}
}
