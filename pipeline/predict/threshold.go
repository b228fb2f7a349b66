package predict

import (
	"fmt"
	"strconv"
	"strings"

	"featurecache/extract/imagefolder"
)

// Threshold is the least probability at which an answer counts as sure.
type Threshold struct {
	Class       string // "": every class that has no threshold of its own
	Probability float64
}

// ParseThreshold reads "P" or "CLASS=P". A class's name may hold '='.
func ParseThreshold(s string) (Threshold, error) {
	var t Threshold
	number := s
	if i := strings.LastIndexByte(s, '='); i >= 0 {
		t.Class, number = s[:i], s[i+1:]
		if t.Class == "" {
			return t, fmt.Errorf("%q: want P or CLASS=P", s)
		}
	}
	p, err := strconv.ParseFloat(number, 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return t, fmt.Errorf("%q: a probability is 0 to 1", s)
	}
	t.Probability = p
	return t, nil
}

// rule turns probabilities into a class.
//
// A class that reaches a threshold of its own is the answer, even when another class is
// likelier: that is what an operating point means, say 0.3 for a class that must not be
// missed. Otherwise the likeliest class is the answer, and the answer is unsure if it is
// below the threshold that holds for the class. So 0.95 for each of two classes leaves
// the cases in between for somebody to look at.
type rule struct {
	classes []string
	least   []float64 // of each class
	own     []bool    // whether that is the class's own threshold
}

func newRule(classes []string, thresholds []Threshold) (*rule, error) {
	r := &rule{classes, make([]float64, len(classes)), make([]bool, len(classes))}
	for _, t := range thresholds {
		known := t.Class == ""
		for c, class := range classes {
			switch t.Class {
			case class:
				r.least[c], r.own[c], known = t.Probability, true, true
			case "":
				if !r.own[c] {
					r.least[c] = t.Probability
				}
			}
		}
		if !known {
			return nil, fmt.Errorf("threshold: no class is called %q: the head has %q", t.Class, classes)
		}
	}
	return r, nil
}

func (r *rule) prediction(path string, probabilities []float32) Prediction {
	p := Prediction{Path: imagefolder.UTF8Path(path), Probabilities: make(map[string]float32, len(r.classes))}
	likeliest, reached := 0, -1
	for c, class := range r.classes {
		v := probabilities[c]
		p.Probabilities[class] = v
		if v > probabilities[likeliest] {
			likeliest = c
		}
		if r.own[c] && r.met(c, v) && (reached < 0 || v > probabilities[reached]) {
			reached = c
		}
	}
	answer := likeliest
	if reached >= 0 {
		answer = reached
	}
	p.Class, p.Probability = r.classes[answer], probabilities[answer]
	p.Unsure = !r.met(answer, p.Probability)
	return p
}

// met compares in the precision of the probabilities, so that a probability printed as
// 0.3 has reached the threshold 0.3.
func (r *rule) met(c int, v float32) bool { return v >= float32(r.least[c]) }
