package pipeline

import (
	"errors"
	"fmt"
	"math"
	"os"

	"featurecache/cache"
	"featurecache/head"
)

// ErrGate is returned when tonight's head is significantly worse than the published
// one, which therefore stays.
var ErrGate = errors.New("the new head is significantly worse than the published one, which stays")

// DefaultLevel is the gate's level of significance.
const DefaultLevel = 0.05

// GateResult compares tonight's head with the published one on the same validation
// images. Its test is McNemar's, exact and one-sided: of the images on which
// exactly one of the two heads is right, each is the published one's with
// probability ½ if both are equally good, so P is the binomial probability of
// OnlyPublished or more of them (McNemar 1947, https://doi.org/10.1007/BF02295996).
type GateResult struct {
	Against   string  `json:"against,omitempty"` // the published folder; "" when there was none
	Images    int     `json:"images"`            // validation images that both heads have judged
	Published float64 `json:"published"`         // share of them that the published head has right
	Tonight   float64 `json:"tonight"`           // and tonight's

	OnlyPublished int     `json:"only_published"` // images that the published head alone has right
	OnlyTonight   int     `json:"only_tonight"`   // and tonight's alone
	P             float64 `json:"p"`              // small when tonight's is worse
	Level         float64 `json:"level"`          // refused when P is no larger
	Passed        bool    `json:"passed"`
	Note          string  `json:"note,omitempty"` // why less was compared than all
}

// String is the result as one line for people.
func (g *GateResult) String() string {
	if g.Images == 0 {
		return g.Note
	}
	verdict := "passed"
	if !g.Passed {
		verdict = "refused"
	}
	line := fmt.Sprintf("%s: on %d validation images tonight's head has %.4f right and the published one %.4f; alone right %d and %d, McNemar p = %.3g, level %g",
		verdict, g.Images, g.Tonight, g.Published, g.OnlyTonight, g.OnlyPublished, g.P, g.Level)
	if g.Note != "" {
		line += "; " + g.Note
	}
	return line
}

// gate compares tonight's head, in dir, with the published one, in current.
func (d *dataset) gate(dir, current string, level float64) (*GateResult, error) {
	g := &GateResult{Level: level, P: 1, Passed: true}
	published, err := openHead(current)
	if errors.Is(err, os.ErrNotExist) {
		g.Note = "no head is published yet"
		return g, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the published head: %w; move it away to publish without a comparison", err)
	}
	tonight, err := openHead(dir)
	if err != nil {
		return nil, err
	}
	images, err := d.some(cache.Val)
	if err != nil {
		return nil, err
	}
	old, err := d.judge(published.Head, images)
	if err != nil {
		return nil, fmt.Errorf("the published head: %w", err)
	}
	now, err := d.judge(tonight.Head, images)
	if err != nil {
		return nil, err
	}
	g.compare(old, now)
	return g, nil
}

// verdict is what a head says of an image.
type verdict uint8

const (
	unjudged verdict = iota // its feature space lacks the image
	wrong
	right
)

// compare fills in the result from the verdicts on the same images.
func (g *GateResult) compare(published, tonight []verdict) {
	var both int
	for i, old := range published {
		now := tonight[i]
		if old == unjudged || now == unjudged {
			continue
		}
		g.Images++
		switch {
		case old == right && now == right:
			both++
		case old == right:
			g.OnlyPublished++
		case now == right:
			g.OnlyTonight++
		}
	}
	switch {
	case g.Images == 0:
		g.Note = "not compared: the store has none of the validation images' features from the published head's backbone"
		return
	case g.Images < len(published):
		g.Note = fmt.Sprintf("%d images lack features from the published head's backbone", len(published)-g.Images)
	}
	g.Published = float64(both+g.OnlyPublished) / float64(g.Images)
	g.Tonight = float64(both+g.OnlyTonight) / float64(g.Images)
	g.P = atLeast(g.OnlyPublished, g.OnlyPublished+g.OnlyTonight)
	g.Passed = g.P > g.Level
}

// atLeast is the probability of k heads or more in n tosses of a fair coin.
func atLeast(k, n int) float64 {
	if k == 0 {
		return 1
	}
	logN, _ := math.Lgamma(float64(n + 1))
	p := 0.0
	for i := n; i >= k; i-- { // from the smallest term
		a, _ := math.Lgamma(float64(i + 1))
		b, _ := math.Lgamma(float64(n - i + 1))
		p += math.Exp(logN - a - b - float64(n)*math.Ln2)
	}
	return min(p, 1)
}

// judgeRows is the number of features that judge has in memory at a time.
const judgeRows = 4096

// judge has a head predict images from their evaluation views in the space that it
// was trained on. Classes are compared by name, so that a head that knows other
// classes can be judged too: what it can't name it gets wrong.
func (d *dataset) judge(h *head.Head, images []cache.Image) ([]verdict, error) {
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
