package head

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewCurve(t *testing.T) {
	// The example of sklearn.metrics.roc_curve's documentation, and a tie.
	got := NewCurve([]float64{0.1, 0.4, 0.35, 0.8, 0.4}, []bool{false, false, true, true, true})
	want := Curve{Positives: 3, Negatives: 2, Points: []CurvePoint{
		{0.8, 1, 0}, {0.4, 2, 1}, {0.35, 3, 1}, {0.1, 3, 2},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if tpr, fpr := got.Rates(got.Points[1]); tpr != 2.0/3 || fpr != 0.5 {
		t.Errorf("rates %v, %v", tpr, fpr)
	}
	if precision, recall := got.PrecisionRecall(got.Points[2]); precision != 0.75 || recall != 1 {
		t.Errorf("precision %v, recall %v", precision, recall)
	}
	if empty := NewCurve(nil, nil); empty.Points != nil {
		t.Errorf("a curve of nothing has points: %v", empty)
	}
}

// The area under each class's curve is what scikit-learn says it is.
func TestCurvesLikeScikitLearn(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []measured
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, m := range cases {
		for class := range m.ClassROCAUC {
			hit := make([]bool, len(m.Labels))
			for i, y := range m.Labels {
				hit[i] = int(y) == class
			}
			curve := NewCurve(LogOdds(m.Logits, m.Classes, class), hit)
			area, average, last := 0.0, 0.0, CurvePoint{}
			for _, p := range curve.Points {
				tpr, fpr := curve.Rates(p)
				tprLast, fprLast := curve.Rates(last)
				area += (fpr - fprLast) * (tpr + tprLast) / 2
				precision, recall := curve.PrecisionRecall(p)
				average += (recall - tprLast) * precision
				last = p
			}
			if want := m.ClassROCAUC[class]; want != nil {
				compared++
				if math.Abs(area-*want) > 1e-12 {
					t.Errorf("%s, class %d: area %v, scikit-learn's %v", m.Name, class, area, *want)
				}
			}
			if want := m.AveragePrecision[class]; want != nil && math.Abs(average-*want) > 1e-12 {
				t.Errorf("%s, class %d: average precision %v, scikit-learn's %v", m.Name, class, average, *want)
			}
		}
	}
	if compared == 0 {
		t.Error("no case had an area to compare")
	}
}

func TestOperatingPoints(t *testing.T) {
	//                         hit   hit   miss  hit   miss  hit   miss
	scores := []float64{0.99, 0.95, 0.90, 0.71, 0.60, 0.3337, 0.3331}
	hit := []bool{true, true, false, true, false, true, false}
	curve := NewCurve(scores, hit)
	for _, c := range []struct {
		name       string
		point      func(float64) (OperatingPoint, bool)
		want       float64
		ok         bool
		threshold  float64
		found, hit int
	}{
		{"half of the class", curve.ForRecall, 0.5, true, 0.95, 2, 2},
		{"just over half", curve.ForRecall, 0.51, true, 0.7, 4, 3},
		{"all of the class", curve.ForRecall, 1, true, 0.3337, 6, 4},
		{"nothing wanted", curve.ForRecall, 0, true, 0.99, 1, 1},
		{"never wrong", curve.ForPrecision, 1, true, 0.95, 2, 2},
		{"seldom wrong", curve.ForPrecision, 0.75, true, 0.7, 4, 3},
		{"two of three right", curve.ForPrecision, 0.66, true, 0.3337, 6, 4},
		{"anything goes", curve.ForPrecision, 0, true, 0.3337, 6, 4},
		{"impossible", curve.ForPrecision, 1.1, false, 0, 0, 0},
	} {
		p, ok := c.point(c.want)
		if ok != c.ok || p.Threshold != c.threshold || p.Found != c.found || p.Hits != c.hit {
			t.Errorf("%s: %+v, %v; want threshold %v with %d of %d", c.name, p, ok, c.threshold, c.hit, c.found)
		}
		if !ok {
			continue
		}
		found := 0
		for _, s := range scores {
			if s >= p.Threshold {
				found++
			}
		}
		if found != p.Found {
			t.Errorf("%s: the threshold %v finds %d, not %d", c.name, p.Threshold, found, p.Found)
		}
		if p.RecallInterval != Wilson(p.Hits, 4) || p.PrecisionInterval != Wilson(p.Hits, p.Found) {
			t.Errorf("%s: intervals %v, %v", c.name, p.RecallInterval, p.PrecisionInterval)
		}
	}
	if p, ok := NewCurve([]float64{0.5}, []bool{false}).ForRecall(0); ok {
		t.Errorf("a class without samples has the operating point %+v", p)
	}
}

func TestShortest(t *testing.T) {
	for _, c := range []struct{ low, high, want float64 }{
		{math.Inf(-1), 0.9876, 0.9},
		{0.9, 0.9876, 0.98},
		{0.98755, 0.9876, 0.9876},
		{0.999999, 1, 1},
		{0, 1e-9, 1e-9},
		{math.Nextafter(0.3, 0), 0.3, 0.3},
		{0.1 + 0.2, math.Nextafter(0.1+0.2, 1), math.Nextafter(0.1+0.2, 1)},
		{-1, 0, 0},
	} {
		if got := shortest(c.low, c.high); got != c.want {
			t.Errorf("shortest in (%v, %v] is %v, want %v", c.low, c.high, got, c.want)
		}
	}
}
