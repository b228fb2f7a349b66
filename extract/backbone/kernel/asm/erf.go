package main

// Functions without an exponential: the tables are those of package kernel's erf.go.

const (
	geluDegree     = 11
	rationalDegree = 5
)

// gelu is max(x, 0) − b·q(b)⁴, b = min(|x/2|, limit). The table has 1/2, 0, a mask of all
// bits but the sign, the limit, and the coefficients of q.
func (k rowBody) gelu(n int) {
	*k.next = 0
	t, p := k.file.v[:n], k.file.v[n:2*n]
	c, zero, mask := k.constants()
	k.constant(c)
	k.constant(zero)
	k.constant(mask)
	for v := range n {
		k.VMULPS(k.input(v), c, t[v])
	}
	k.constant(c)
	for v := range n {
		k.VANDPS(mask, t[v], t[v])
		k.VMINPS(t[v], c, t[v])
	}
	k.polynomial(p, t, geluDegree, c)
	for v := range n {
		k.VMULPS(p[v], p[v], p[v])
	}
	for v := range n {
		k.VMULPS(p[v], t[v], t[v])
	}
	for v := range n {
		k.VMAXPS(k.input(v), zero, c)
		k.VFNMADD213PS(c, p[v], t[v])
		k.VMOVUPS(t[v], k.output(v))
	}
}

// oddRational is x·p(x²)/q(x²), with x and the result bounded. The table has the bounds of
// x, the coefficients of p and of q, whose last is 1, and −1.
func (k rowBody) oddRational(n int) {
	*k.next = 0
	s, t, p := k.values(n)
	c, _, _ := k.constants()
	k.clampInput(s)
	for v := range n {
		k.VMULPS(s[v], s[v], t[v])
	}
	k.polynomial(p, t, rationalDegree, c)
	for v := range n {
		k.VMULPS(p[v], s[v], s[v])
	}
	k.polynomial(p, t, rationalDegree, c)
	for v := range n {
		k.VDIVPS(p[v], s[v], s[v])
	}
	for v := range n {
		k.VMINPS(s[v], c, s[v]) // c is 1
	}
	k.constant(c)
	for v := range n {
		k.VMAXPS(s[v], c, s[v])
		k.VMOVUPS(s[v], k.output(v))
	}
}
