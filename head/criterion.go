package head

// criterion is torch.nn.CrossEntropyLoss(weight, label_smoothing=ε) with mean
// reduction. For a sample of class y with softmax probabilities p its loss is
//
//	(1−ε)·w_y·(−ln p_y) + ε/C·Σ_c w_c·(−ln p_c)
//
// and the mean over samples divides the sum of losses by the sum of w_y.
type criterion struct {
	weights   []float64 // [C]; nil means all are 1
	total     float64   // Σ_c w_c
	smoothing float64
	p         []float64 // [C], scratch
}

func newCriterion(classes int, weights []float64, smoothing float64) *criterion {
	c := &criterion{weights: weights, total: float64(classes), smoothing: smoothing, p: make([]float64, classes)}
	if weights != nil {
		c.total = 0
		for _, w := range weights {
			c.total += w
		}
	}
	return c
}

func (c *criterion) weight(y int32) float64 {
	if c.weights == nil {
		return 1
	}
	return c.weights[y]
}

// softmax leaves exp(logits − max) in c.p. It returns their sum, the maximum and
// its [Argmax].
func (c *criterion) softmax(logits []float32) (sum, top float64, argmax int) {
	argmax = Argmax(logits)
	top = float64(logits[argmax])
	p := c.p[:len(logits)]
	for i, l := range logits {
		p[i] = expNeg(float64(l) - top)
		sum += p[i]
	}
	return sum, top, argmax
}

// loss returns the loss of one sample and the predicted class, and leaves
// exp(logits − max) in c.p with the given sum.
func (c *criterion) loss(logits []float32, y int32) (loss, sum float64, argmax int) {
	sum, top, argmax := c.softmax(logits)
	lse := logPos(sum) + top
	loss = float64(c.weight(y) * (lse - float64(logits[y])))
	if c.smoothing > 0 {
		var uniform float64
		for k, l := range logits {
			uniform += float64(c.weight(int32(k)) * (lse - float64(l)))
		}
		eps := c.smoothing
		loss = float64((1-eps)*loss) + float64(eps/float64(len(logits))*uniform)
	}
	return loss, sum, argmax
}

// gradient is loss that also sets grad [C] to the loss's derivative by the
// logits, times scale.
func (c *criterion) gradient(grad, logits []float32, y int32, scale float64) (loss float64, argmax int) {
	loss, sum, argmax := c.loss(logits, y)
	hard := c.weight(y)
	if c.smoothing == 0 {
		hard *= scale
		for k, p := range c.p[:len(logits)] {
			g := p / sum
			if int32(k) == y {
				g -= 1
			}
			grad[k] = float32(hard * g)
		}
		return loss, argmax
	}
	soft := c.smoothing / float64(len(logits))
	hard *= 1 - c.smoothing
	for k, p := range c.p[:len(logits)] {
		p /= sum
		g := float64(hard*p) + float64(soft*(float64(p*c.total)-c.weight(int32(k))))
		if int32(k) == y {
			g -= hard
		}
		grad[k] = float32(scale * g)
	}
	return loss, argmax
}

// target sets dst [C] to the factors by which the loss multiplies −ln p_c, divided by
// sum. An expression graph takes the loss in this form.
func (c *criterion) target(dst []float32, y int32, sum float64) {
	if sum == 0 {
		clear(dst)
		return
	}
	for k := range dst {
		t := c.smoothing / float64(len(dst)) * c.weight(int32(k))
		if int32(k) == y {
			t += float64((1 - c.smoothing) * c.weight(y))
		}
		dst[k] = float32(t / sum)
	}
}

// BalancedWeights returns class weights [classes] inversely proportional to
// the classes' frequencies: n/(classes·n_c), scikit-learn's
// class_weight="balanced". A class without samples gets 0.
func BalancedWeights(labels []int32, classes int) []float64 {
	w := make([]float64, classes)
	for _, y := range labels {
		w[y]++
	}
	for c, n := range w {
		if n > 0 {
			w[c] = float64(len(labels)) / (float64(classes) * n)
		}
	}
	return w
}
