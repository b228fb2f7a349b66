package graph

// maxWindow bounds kernels, strides, dilations and pads.
const maxWindow = 1 << 16

// window is the geometry of a convolution or a pool.
type window struct {
	kh, kw, sh, sw, dh, dw int
	pad                    Pads
	autoPad                string
	ceil                   bool
}

// window reads a node's geometry; kh×kw is its kernel where it doesn't say.
func (n *node) window(kh, kw int) window {
	a := &n.attrs
	k := []int{kh, kw}
	if a.has("kernel_shape") {
		k = a.integers("kernel_shape", 2, 1, maxWindow, 1)
	}
	s := a.integers("strides", 2, 1, maxWindow, 1)
	d := a.integers("dilations", 2, 1, maxWindow, 1)
	p := a.integers("pads", 4, 0, maxWindow, 0)
	return window{
		kh: k[0], kw: k[1], sh: s[0], sw: s[1], dh: d[0], dw: d[1],
		pad:     Pads{Top: p[0], Left: p[1], Bottom: p[2], Right: p[3]},
		autoPad: a.text("auto_pad", "NOTSET"),
		ceil:    a.integer("ceil_mode", 0) != 0,
	}
}

// place computes the output's size over an input of shape s with zeros before
// around it, and makes the pads explicit: before, auto_pad and ceil_mode included.
func (w *window) place(s Shape, before Pads) (outH, outW int, err error) {
	h := axis{size: s.H + before.Top + before.Bottom, k: w.kh, s: w.sh, d: w.dh, lo: w.pad.Top, hi: w.pad.Bottom}
	v := axis{size: s.W + before.Left + before.Right, k: w.kw, s: w.sw, d: w.dw, lo: w.pad.Left, hi: w.pad.Right}
	for _, a := range []*axis{&h, &v} {
		switch w.autoPad {
		case "NOTSET", "":
		case "VALID":
			a.lo, a.hi = 0, 0
		case "SAME_UPPER", "SAME_LOWER":
			a.same(w.autoPad == "SAME_LOWER")
		default:
			return 0, 0, invalid("auto_pad %q is unknown: export the model again", w.autoPad)
		}
		if a.out = a.count(w.ceil); a.out < 1 {
			return 0, 0, unsupported("its window is larger than its input of %d×%d: the model wants a larger image", s.H, s.W)
		}
	}
	w.pad = Pads{Top: before.Top + h.lo, Left: before.Left + v.lo, Bottom: before.Bottom + h.hi, Right: before.Right + v.hi}
	return h.out, v.out, nil
}

// axis is one direction of a window: kernel k, stride s and dilation d over
// size elements with lo and hi of padding.
type axis struct{ size, k, s, d, lo, hi, out int }

// span is the extent of the dilated kernel.
func (a *axis) span() int { return (a.k-1)*a.d + 1 }

// same pads so that the output has ⌈size/s⌉ elements. An odd element is added at the end,
// or at the beginning for SAME_LOWER.
func (a *axis) same(lower bool) {
	total := max(0, ((a.size+a.s-1)/a.s-1)*a.s+a.span()-a.size)
	a.lo, a.hi = total/2, total-total/2
	if lower {
		a.lo, a.hi = a.hi, a.lo
	}
}

// count is the number of windows. Rounding up, a last window that would begin in
// the padding behind the input doesn't count, and hi grows so that the last
// window fits; a window that is larger than the input, as transformers' EfficientNet
// has, is one if it is by less than a stride.
func (a *axis) count(ceil bool) int {
	room := a.size + a.lo + a.hi - a.span()
	if room < 0 && (!ceil || room <= -a.s) {
		return 0
	}
	if !ceil {
		return room/a.s + 1
	}
	n := (room+a.s-1)/a.s + 1
	if (n-1)*a.s >= a.size+a.lo {
		n--
	}
	a.hi = max(a.hi, (n-1)*a.s+a.span()-a.size-a.lo)
	return n
}
