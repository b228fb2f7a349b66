package graphtest

import "featurecache/extract/backbone/graph"

func read(r graph.Reading, values map[*graph.Value][]float64) []float64 {
	if r.At == nil {
		return values[r.Of]
	}
	out := make([]float64, len(r.At))
	for i, at := range r.At {
		out[i] = values[r.Of][at]
	}
	return out
}

func product(l *graph.Product, a, b []float64) []float64 {
	out := make([]float64, l.N*l.Batch*l.M)
	for i := range l.Batch {
		for m := range l.M {
			for n := range l.N {
				sum := 0.0
				for k := range l.K {
					sum += a[(i*l.M+m)*l.K+k] * b[(i*l.K+k)*l.N+n]
				}
				out[n*l.Batch*l.M+i*l.M+m] = sum
			}
		}
	}
	return out
}

func attention(l *graph.Attention, q, k, v []float64) []float64 {
	plane := func(v *graph.Value) int { return v.Shape.H * v.Shape.W }
	qp, kp, vp, op := plane(l.Q), plane(l.K), plane(l.V), plane(l.Out)
	out := make([]float64, l.Out.Shape.Len())
	heads := len(l.QFrom)
	for g := range l.QPixels {
		for h := range heads {
			for i, p := range l.QPixels[g] {
				score := make([]float64, len(l.KPixels[g]))
				for j, r := range l.KPixels[g] {
					for c := range l.D {
						score[j] += q[(l.QFrom[h]+c)*qp+int(p)] * k[(l.KFrom[h]+c)*kp+int(r)]
					}
					score[j] *= float64(l.Scale)
					if l.Bias != nil {
						score[j] += float64(l.Bias[l.BiasAt[g*heads+h]+i*len(score)+j])
					}
				}
				softmax(score)
				for c := range l.DV {
					sum := 0.0
					for j, r := range l.KPixels[g] {
						sum += score[j] * v[(l.VFrom[h]+c)*vp+int(r)]
					}
					out[(h*l.DV+c)*op+int(l.OutPixels[g][i])] = sum
				}
			}
		}
	}
	return out
}
