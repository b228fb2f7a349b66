package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Functions of an exponential: the tables are those of package kernel's sigmoid.go and
// exp.go.

// expDegree is the degree of expTable's polynomial.
const expDegree = 6

// sigmoid is 1/(1+e^−x).
func (k rowBody) sigmoid(n int) {
	*k.next = 0
	s, _, p := k.values(n)
	c, _, _ := k.constants()
	k.clampInput(s)
	k.onePlusExp(n)
	for v := range n {
		k.VDIVPS(p[v], c, p[v]) // c is 1
		k.VMOVUPS(p[v], k.output(v))
	}
}

// silu is x/(1+e^−x), with x bounded below by the table's first constant.
func (k rowBody) silu(n int) {
	*k.next = 0
	s, _, _ := k.values(n)
	k.clampInput(s)
	k.onePlusExp(n)
	k.divideInput(n, false)
}

// swish is x/(1+e^−βx). The table has the bounds of x and β, and then expTable.
func (k rowBody) swish(n int) {
	*k.next = 0
	s, _, _ := k.values(n)
	c, _, _ := k.constants()
	k.clampInput(s)
	k.constant(c)
	for v := range n {
		k.VMULPS(c, s[v], s[v])
	}
	k.clamp(s)
	k.onePlusExp(n)
	k.divideInput(n, true)
}

// geluTanh is x/(1+e^−x(a+bx²)). The table has the lower bound of x, b and a, and then
// expTable.
func (k rowBody) geluTanh(n int) {
	*k.next = 0
	s, t, _ := k.values(n)
	c, d, _ := k.constants()
	k.constant(c)
	for v := range n {
		k.VMAXPS(k.input(v), c, s[v])
	}
	for v := range n {
		k.VMULPS(s[v], s[v], t[v])
	}
	k.constant(d)
	k.constant(c)
	for v := range n {
		k.VFMADD213PS(c, d, t[v])
	}
	for v := range n {
		k.VMULPS(t[v], s[v], s[v])
	}
	k.clamp(s)
	k.onePlusExp(n)
	k.divideInput(n, false)
}

// exp is e^x. Two steps scale it, because 2^k may be too large or small for one.
func (k rowBody) exp(n int) {
	*k.next = 0
	s, t, p := k.values(n)
	c, d, _ := k.constants()
	k.clampInput(s)
	k.reduceExp(n)
	k.VBROADCASTSS(at(k.table, 4*expMagic), d)
	for v := range n {
		k.VPSUBD(d, t[v], t[v])
	}
	for v := range n {
		k.VPSRAD(operand.U8(1), t[v], s[v])
		k.VPSUBD(s[v], t[v], t[v])
	}
	for _, f := range [][]reg.VecPhysical{s, t} {
		for v := range n {
			k.VPSLLD(operand.U8(23), f[v], f[v])
			k.VPADDD(c, f[v], f[v]) // c is 1, so this is 2 to that power
			k.VMULPS(f[v], p[v], p[v])
		}
	}
	for v := range n {
		k.VMOVUPS(p[v], k.output(v))
	}
}

// expMagic is the place of expTable's number that rounds to integers.
const expMagic = 3

// clampInput makes s the inputs between the table's next two constants. A NaN stays.
func (k rowBody) clampInput(s []reg.VecPhysical) {
	c, _, _ := k.constants()
	k.constant(c)
	for v := range s {
		k.VMAXPS(k.input(v), c, s[v])
	}
	k.constant(c)
	for v := range s {
		k.VMINPS(s[v], c, s[v])
	}
}

// clamp bounds s by the table's next two constants.
func (k rowBody) clamp(s []reg.VecPhysical) {
	c, _, _ := k.constants()
	k.constant(c)
	for v := range s {
		k.VMAXPS(s[v], c, s[v])
	}
	k.constant(c)
	for v := range s {
		k.VMINPS(s[v], c, s[v])
	}
}

// reduceExp makes of s, which is within expTable's bounds, the exponential of its
// remainder in p and the power of two in the last bits of t. c is 1.
func (k rowBody) reduceExp(n int) {
	s, t, p := k.values(n)
	c, _, _ := k.constants()
	k.constantToAll(t)
	k.constant(c)
	for v := range n {
		k.VFMADD213PS(c, s[v], t[v])
	}
	for v := range n {
		k.VSUBPS(c, t[v], p[v])
	}
	for range 2 {
		k.constant(c)
		for v := range n {
			k.VFMADD231PS(c, p[v], s[v])
		}
	}
	k.polynomial(p, s, expDegree, c)
}

// onePlusExp makes 1 plus the exponential of s in p. c is 1.
func (k rowBody) onePlusExp(n int) {
	_, t, p := k.values(n)
	c, _, _ := k.constants()
	k.reduceExp(n)
	for v := range n {
		k.VPSLLD(operand.U8(23), t[v], t[v])
	}
	for v := range n {
		k.VPADDD(t[v], p[v], p[v])
	}
	for v := range n {
		k.VADDPS(c, p[v], p[v])
	}
}

// divideInput writes x/p, with x bounded below, or below and above, by the table's first
// constants.
func (k rowBody) divideInput(n int, above bool) {
	_, t, p := k.values(n)
	c, d, _ := k.constants()
	*k.next = 0
	k.constant(c)
	if above {
		k.constant(d)
	}
	for v := range n {
		k.VMAXPS(k.input(v), c, t[v])
		if above {
			k.VMINPS(t[v], d, t[v])
		}
	}
	for v := range n {
		k.VDIVPS(p[v], t[v], p[v])
		k.VMOVUPS(p[v], k.output(v))
	}
}
