package kernel

import "featurecache/simd"

// generic is the definition: the other sets are tested against it.
var generic = &Set{Level: simd.Generic, logits: logitsGeneric, step: stepGeneric}

func logitsGeneric(dst, x []float32, rows []int32, w []float32, classes, width int) {
	for i, r := range rows {
		row := x[int(r)*width:][:width]
		for c := range classes {
			dst[i*classes+c] = dot(row, w[c*width:][:width])
		}
	}
}

// dot is the dot product of two equally long vectors, as the package doc
// defines it.
func dot(x, w []float32) float32 {
	var s [Lanes]float32
	lanes8((*[8]float32)(s[:8]), x, w)
	if len(x) > 8 {
		lanes8((*[8]float32)(s[8:]), x[8:], w[8:])
	}
	for half := Lanes / 2; half > 0; half /= 2 {
		for l := range half {
			s[l] += s[l+half]
		}
	}
	return s[0]
}

// lanes8 computes eight neighbouring lanes, as many as fit in registers.
func lanes8(s *[8]float32, x, w []float32) {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for len(x) >= 8 && len(w) >= 8 {
		s0 += float32(x[0] * w[0])
		s1 += float32(x[1] * w[1])
		s2 += float32(x[2] * w[2])
		s3 += float32(x[3] * w[3])
		s4 += float32(x[4] * w[4])
		s5 += float32(x[5] * w[5])
		s6 += float32(x[6] * w[6])
		s7 += float32(x[7] * w[7])
		if len(x) < Lanes || len(w) < Lanes {
			x, w = nil, nil
			break
		}
		x, w = x[Lanes:], w[Lanes:]
	}
	*s = [8]float32{s0, s1, s2, s3, s4, s5, s6, s7}
	for l := range x {
		s[l] += float32(x[l] * w[l])
	}
}

// block is the number of columns whose gradient stepGeneric holds at a time.
const block = 64

func stepGeneric(l *Layer, x []float32, rows []int32, grad []float32, opt *SGD) {
	for o := range l.Out {
		for from := 0; from < l.In; from += block {
			n := min(block, l.In-from)
			var g [block]float32
			for i, r := range rows {
				axpy(g[:n], x[int(r)*l.In+from:][:n], grad[i*l.Out+o])
			}
			at := o*l.In + from
			descend(l.Weight[at:][:n], l.Velocity[at:][:n], g[:n], opt)
		}
	}
}

// axpy adds a·x to g.
func axpy(g, x []float32, a float32) {
	x = x[:len(g)]
	for j := range g {
		g[j] += float32(a * x[j])
	}
}

// descend applies [SGD]'s formula elementwise.
func descend(w, v, g []float32, opt *SGD) {
	w, v = w[:len(g)], v[:len(g)]
	for j, gj := range g {
		gj += float32(opt.Decay * w[j])
		vj := float32(opt.Momentum*v[j]) + gj
		v[j] = vj
		u := float32(opt.Grad*gj) + float32(opt.Velocity*vj)
		w[j] -= float32(opt.LR * u)
	}
}
