package predict

import (
	"fmt"
	"strconv"
	"strings"

	"featurecache/extract/imagefolder"
)

// Threshold is the smallest probability at which a prediction counts as sure.
type Threshold struct {
	Class       string // "": all classes without a threshold of their own
	Probability float64
}

// ParseThreshold parses "P" or "CLASS=P". The class's name may contain '='.
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
		return t, fmt.Errorf("%q: want a probability from 0 to 1", s)
	}
	t.Probability = p
	return t, nil
}

// rule chooses a class from probabilities.
//
// A class that reaches its own threshold is the prediction, even if another class is more
// likely: an operating point means this, for example 0.3 for a class that must not be
// missed. If several reach theirs, the most likely of them is the prediction. Otherwise it
// is the most likely class, and it is unsure if below the threshold that applies to that
// class. So 0.95 for each of two classes leaves the cases in between for people to check.
type rule struct {
	classes []string
	least   []float64 // the threshold of each class
	own     []bool    // whether it is the class's own
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
			return nil, fmt.Errorf("threshold: no class is called %q; the head's classes are %q", t.Class, classes)
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

// met compares in float32, the precision of the probabilities, so that a probability
// printed as 0.3 reaches the threshold 0.3.
func (r *rule) met(c int, v float32) bool { return v >= float32(r.least[c]) }
