package head

import (
	"fmt"
	"math"
)

// Metrics measures a classifier on labelled samples. Where a definition has variants,
// it is scikit-learn's default unless the field says otherwise.
type Metrics struct {
	Samples  int     `json:"samples"`
	Accuracy float64 `json:"accuracy"`
	// AccuracyInterval is Wilson's 95 % interval of Accuracy.
	AccuracyInterval Interval `json:"accuracy_interval"`
	// BalancedAccuracy is the mean recall over the classes that have samples
	// (sklearn.metrics.balanced_accuracy_score).
	BalancedAccuracy float64 `json:"balanced_accuracy"`
	// MacroF1 is the mean F1 over the classes that have samples or predictions
	// (sklearn.metrics.f1_score, average="macro", labels left out).
	MacroF1 float64 `json:"macro_f1"`
	// LogLoss is the mean of −ln p of the true class, without class weights or
	// smoothing (sklearn.metrics.log_loss, but probabilities are not clipped).
	LogLoss float64 `json:"log_loss"`
	// ROCAUC is the mean of the classes' one-vs-rest areas, over those that
	// have one (sklearn.metrics.roc_auc_score, multi_class="ovr"); nil if none has.
	ROCAUC *float64 `json:"roc_auc"`
	// Confusion counts samples by [true class][predicted class]. The
	// predicted class is the first with the largest logit.
	Confusion [][]int        `json:"confusion"`
	Classes   []ClassMetrics `json:"classes"` // in the classes' order
	// CalibrationError is the expected calibration error
	// Σ_b n_b/N·|accuracy_b − confidence_b| over [CalibrationBins] bins
	// (Guo et al. 2017, https://arxiv.org/abs/1706.04599, equation 3).
	CalibrationError float64          `json:"calibration_error"`
	Calibration      []CalibrationBin `json:"calibration"`
}

// ClassMetrics is one class against all others. A ratio without a denominator
// is 0, as scikit-learn's zero_division=0.
type ClassMetrics struct {
	Support           int      `json:"support"`   // samples of the class
	Predicted         int      `json:"predicted"` // samples predicted as the class
	Precision         float64  `json:"precision"` // share of Predicted that is right
	PrecisionInterval Interval `json:"precision_interval"`
	Recall            float64  `json:"recall"` // share of Support that is found
	RecallInterval    Interval `json:"recall_interval"`
	F1                float64  `json:"f1"` // harmonic mean of precision and recall
	// ROCAUC is the probability that a sample of the class scores above one of
	// another class, ties counting half (the Mann-Whitney statistic; equal to
	// sklearn.metrics.roc_auc_score). nil without samples on both sides.
	ROCAUC *float64 `json:"roc_auc"`
	// AveragePrecision is Σ (R_n − R_{n−1})·P_n over the distinct scores, from
	// the highest (sklearn.metrics.average_precision_score). nil without samples
	// of the class.
	AveragePrecision *float64 `json:"average_precision"`
}

// Interval is a closed 95 % confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// CalibrationBins is the number of equal bins that confidences are sorted
// into: bin b holds those in (b/15, (b+1)/15].
const CalibrationBins = 15

// CalibrationBin compares confidence with accuracy.
type CalibrationBin struct {
	Samples    int     `json:"samples"`
	Confidence float64 `json:"confidence"` // mean probability of the predicted class
	Accuracy   float64 `json:"accuracy"`
}

// Measure compares logits [N,C], row-major, with the N labels. It needs at
// least one sample and finite logits.
func Measure(logits []float32, labels []int32, classes int) (*Metrics, error) {
	n := len(labels)
	switch {
	case n == 0:
		return nil, fmt.Errorf("head: measure: %w: no samples", errOptions)
	case len(logits) != n*classes:
		return nil, fmt.Errorf("head: measure: %w: %d logits: want %d samples × %d classes", errOptions, len(logits), n, classes)
	}
	if i := firstNonFinite(logits); i >= 0 {
		return nil, fmt.Errorf("head: measure: %w: logit %d of sample %d is %v", errOptions, i%classes, i/classes, logits[i])
	}
	for i, y := range labels {
		if y < 0 || int(y) >= classes {
			return nil, fmt.Errorf("head: measure: %w: label %d of sample %d: want 0 to %d", errOptions, y, i, classes-1)
		}
	}
	m := &Metrics{Samples: n, Confusion: make([][]int, classes), Classes: make([]ClassMetrics, classes)}
	for c := range m.Confusion {
		m.Confusion[c] = make([]int, classes)
	}
	m.Calibration = make([]CalibrationBin, CalibrationBins)
	crit := newCriterion(classes, nil, 0)
	correct := 0
	for i, y := range labels {
		loss, sum, argmax := crit.loss(logits[i*classes:][:classes], y)
		m.LogLoss += loss
		m.Confusion[y][argmax]++
		right := int(y) == argmax
		if right {
			correct++
		}
		m.calibrate(crit.p[argmax]/sum, right)
	}
	m.LogLoss /= float64(n)
	m.Accuracy = float64(correct) / float64(n)
	m.AccuracyInterval = Wilson(correct, n)
	m.finishCalibration()
	m.byClass()
	m.ranks(logits, labels)
	return m, nil
}

func (m *Metrics) calibrate(confidence float64, right bool) {
	b := int(math.Ceil(confidence*CalibrationBins)) - 1
	bin := &m.Calibration[max(b, 0)]
	bin.Samples++
	bin.Confidence += confidence
	if right {
		bin.Accuracy++
	}
}

func (m *Metrics) finishCalibration() {
	for i := range m.Calibration {
		b := &m.Calibration[i]
		if b.Samples == 0 {
			continue
		}
		b.Confidence /= float64(b.Samples)
		b.Accuracy /= float64(b.Samples)
		m.CalibrationError += float64(float64(b.Samples) / float64(m.Samples) * math.Abs(b.Accuracy-b.Confidence))
	}
}

// byClass sets what follows from the confusion matrix.
func (m *Metrics) byClass() {
	present, seen := 0, 0
	for c := range m.Classes {
		k := &m.Classes[c]
		hit := m.Confusion[c][c]
		for o := range m.Classes {
			k.Support += m.Confusion[c][o]
			k.Predicted += m.Confusion[o][c]
		}
		k.Precision, k.PrecisionInterval = ratio(hit, k.Predicted), Wilson(hit, k.Predicted)
		k.Recall, k.RecallInterval = ratio(hit, k.Support), Wilson(hit, k.Support)
		k.F1 = ratio(2*hit, k.Support+k.Predicted)
		if k.Support > 0 {
			present++
			m.BalancedAccuracy += k.Recall
		}
		if k.Support+k.Predicted > 0 {
			seen++
			m.MacroF1 += k.F1
		}
	}
	m.BalancedAccuracy /= float64(present)
	m.MacroF1 /= float64(seen)
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Wilson returns the 95 % score interval of the share hits/n (Wilson 1927;
// https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval),
// without continuity correction. For n = 0 it is 0 to 1.
func Wilson(hits, n int) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	const z = 1.959963984540054 // the normal distribution's 97.5 % quantile
	const z2 = z * z
	size := float64(n)
	p := float64(hits) / size
	centre := (p + z2/(2*size)) / (1 + z2/size)
	half := z / (1 + z2/size) * math.Sqrt(float64(p*(1-p))/size+z2/(4*size*size))
	i := Interval{max(0, centre-half), min(1, centre+half)}
	if hits == 0 {
		i.Low = 0
	}
	if hits == n {
		i.High = 1
	}
	return i
}
