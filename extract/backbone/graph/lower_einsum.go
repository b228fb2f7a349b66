package graph

import (
	"slices"
	"strings"
)

// einsum lowers Einsum of two operands without ellipsis, each letter once in each: a product
// of matrices between two transposes.
func einsum(l *lowering, n *node, in []operand) (operand, error) {
	equation := strings.ReplaceAll(n.attrs.text("equation", ""), " ", "")
	from, to, ok := strings.Cut(equation, "->")
	left, right, ok2 := strings.Cut(from, ",")
	if !ok || !ok2 || len(in) != 2 || strings.ContainsAny(equation, ".") || repeats(left) || repeats(right) || repeats(to) ||
		len(left) != len(in[0].dims) || len(right) != len(in[1].dims) {
		return operand{}, unsupported("its equation is %q: only products of two tensors, without repeated letters, can run", equation)
	}
	var batch, sum, rows, cols string
	size := make(map[rune]int64)
	for i, c := range left {
		size[c] = in[0].dims[i]
		switch {
		case strings.ContainsRune(right, c) && strings.ContainsRune(to, c):
			batch += string(c)
		case strings.ContainsRune(right, c):
			sum += string(c)
		default:
			rows += string(c)
		}
	}
	for i, c := range right {
		if d, both := size[c]; both && d != in[1].dims[i] {
			return operand{}, invalid("its equation %q doesn't fit the shapes %v and %v: export the model again", equation, in[0].dims, in[1].dims)
		}
		size[c] = in[1].dims[i]
		if !strings.ContainsRune(left, c) {
			cols += string(c)
		}
	}
	if all := batch + rows + cols; len(all) != len(to) || strings.ContainsFunc(all, func(c rune) bool { return !strings.ContainsRune(to, c) }) {
		return operand{}, unsupported("its equation is %q: only products of two tensors, each letter in the result or in both, can run", equation)
	}
	dims := func(letters string) []int64 {
		var d []int64
		for _, c := range letters {
			d = append(d, size[c])
		}
		return d
	}
	area := func(letters string) int64 {
		total, _ := count(dims(letters))
		return total
	}
	var sides [2]operand
	for i, letters := range []string{batch + rows + sum, batch + sum + cols} {
		x, own := in[i], []string{left, right}[i]
		if x.val == nil {
			like := in[1-i].typ
			var err error
			if x, err = l.constant(n, x, like); err != nil {
				return operand{}, err
			}
		}
		if l.batch > 1 {
			return operand{}, unsupported("its batch is fixed to %d images: export the model with one image or with a dynamic batch", l.batch)
		}
		perm := make([]int64, len(letters))
		for k, c := range letters {
			perm[k] = int64(strings.IndexRune(own, c))
		}
		x = l.turn(l.settle(x), perm)
		last := []string{rows, cols}[i]
		shape := []int64{area(batch), area(last), area(sum)}
		if i == 1 {
			shape = []int64{area(batch), area(sum), area(cols)}
		}
		var err error
		if sides[i], err = l.reshaped(x, shape); err != nil {
			return operand{}, err
		}
	}
	y, err := l.product(n, sides[0], sides[1])
	if err != nil {
		return operand{}, err
	}
	if y, err = l.reshaped(y, dims(batch+rows+cols)); err != nil {
		return operand{}, err
	}
	perm := make([]int64, len(to))
	for i, c := range to {
		perm[i] = int64(strings.IndexRune(batch+rows+cols, c))
	}
	return l.turn(y, perm), nil
}

// repeats reports whether a letter is there twice.
func repeats(letters string) bool {
	all := []rune(letters)
	slices.Sort(all)
	return len(slices.Compact(all)) < len(letters)
}
