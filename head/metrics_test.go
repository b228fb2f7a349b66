package head

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// measured is a case of testdata/metrics.json, which metrics.py writes with
// scikit-learn.
type measured struct {
	Name              string
	Classes           int
	Labels            []int32
	Logits            []float32
	Accuracy          float64
	AccuracyInterval  [2]float64 `json:"accuracy_interval"`
	BalancedAccuracy  float64    `json:"balanced_accuracy"`
	MacroF1           float64    `json:"macro_f1"`
	LogLoss           float64    `json:"log_loss"`
	ROCAUC            *float64   `json:"roc_auc"`
	CalibrationError  float64    `json:"calibration_error"`
	Confusion         [][]int
	Precision         []float64
	Recall            []float64
	F1                []float64
	Support           []int
	PrecisionInterval [][2]float64 `json:"precision_interval"`
	RecallInterval    [][2]float64 `json:"recall_interval"`
	ClassROCAUC       []*float64   `json:"class_roc_auc"`
	AveragePrecision  []*float64   `json:"average_precision"`
}

func TestMeasureLikeScikitLearn(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []measured
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			m, err := Measure(c.Logits, c.Labels, c.Classes)
			if err != nil {
				t.Fatal(err)
			}
			near := func(what string, got, want float64) {
				t.Helper()
				if !(math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))) {
					t.Errorf("%s is %v, scikit-learn's %v", what, got, want)
				}
			}
			maybe := func(what string, got, want *float64) {
				t.Helper()
				if (got == nil) != (want == nil) {
					t.Errorf("%s is %v, scikit-learn's %v", what, got, want)
				} else if got != nil {
					near(what, *got, *want)
				}
			}
			interval := func(what string, got Interval, want [2]float64) {
				t.Helper()
				near(what+", low", got.Low, want[0])
				near(what+", high", got.High, want[1])
			}
			near("accuracy", m.Accuracy, c.Accuracy)
			interval("accuracy", m.AccuracyInterval, c.AccuracyInterval)
			near("balanced accuracy", m.BalancedAccuracy, c.BalancedAccuracy)
			near("macro F1", m.MacroF1, c.MacroF1)
			near("log loss", m.LogLoss, c.LogLoss)
			maybe("ROC AUC", m.ROCAUC, c.ROCAUC)
			near("calibration error", m.CalibrationError, c.CalibrationError)
			if d := cmp.Diff(c.Confusion, m.Confusion); d != "" {
				t.Errorf("confusion: %s", d)
			}
			for i, k := range m.Classes {
				near("precision", k.Precision, c.Precision[i])
				interval("precision", k.PrecisionInterval, c.PrecisionInterval[i])
				near("recall", k.Recall, c.Recall[i])
				interval("recall", k.RecallInterval, c.RecallInterval[i])
				near("F1", k.F1, c.F1[i])
				near("support", float64(k.Support), float64(c.Support[i]))
				maybe("class ROC AUC", k.ROCAUC, c.ClassROCAUC[i])
				maybe("average precision", k.AveragePrecision, c.AveragePrecision[i])
			}
		})
	}
}

func TestMeasureRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		logits []float32
		labels []int32
	}{
		"nothing":    {nil, nil},
		"too few":    {[]float32{1}, []int32{0}},
		"label":      {[]float32{1, 2}, []int32{2}},
		"negative":   {[]float32{1, 2}, []int32{-1}},
		"not finite": {[]float32{1, float32(math.Inf(1))}, []int32{0}},
	} {
		if _, err := Measure(c.logits, c.labels, 2); !errors.Is(err, errOptions) {
			t.Errorf("%s: got %v, want errOptions", name, err)
		}
	}
}

// TestBinaryIsSymmetric measures confident logits, whose probabilities are 1 in
// float64, from both sides.
func TestBinaryIsSymmetric(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	logits, labels := make([]float32, 200), make([]int32, 100)
	for i := range labels {
		labels[i] = int32(rnd.IntN(2))
		logits[2*i] = float32(50 + 10*rnd.NormFloat64())
		logits[2*i+1] = float32(-50 + 10*rnd.NormFloat64())
	}
	m, err := Measure(logits, labels, 2)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := *m.Classes[0].ROCAUC, *m.Classes[1].ROCAUC; math.Abs(a-b) > 1e-15 {
		t.Errorf("areas %v and %v", a, b)
	}
}

// TestMetricsAreJSON: no value may be NaN, which JSON can't hold.
func TestMetricsAreJSON(t *testing.T) {
	for _, labels := range [][]int32{{0}, {1, 1}, {0, 1, 2}} {
		m, err := Measure(make([]float32, 3*len(labels)), labels, 3)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(m); err != nil {
			t.Errorf("labels %v: %v", labels, err)
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	val := blobs(2, 76, 2, 2, 1, 8)
	for b.Loop() {
		if _, err := Measure(val.Views[0], val.Labels, 2); err != nil {
			b.Fatal(err)
		}
	}
}
