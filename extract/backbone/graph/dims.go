package graph

import "slices"

// flattenDims is Flatten's shape: two dimensions, split before axis.
func flattenDims(axis int64, dims []int64) ([]int64, error) {
	rank := int64(len(dims))
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis > rank {
		return nil, invalid("axis %d doesn't fit the shape %v: export the model again", axis, dims)
	}
	outer, _ := count(dims[:axis])
	inner, _ := count(dims[axis:])
	return []int64{outer, inner}, nil
}

// reshapeDims is Reshape's shape: 0 keeps a dimension (unless allowZero), and −1, of which
// there may be one, takes what is left.
func reshapeDims(shape, dims []int64, allowZero bool) ([]int64, error) {
	out := slices.Clone(shape)
	free, known := -1, int64(1)
	for i, d := range out {
		switch {
		case d == 0 && !allowZero && i < len(dims):
			out[i] = dims[i]
		case d == -1 && free < 0:
			free = i
			continue
		case d < 0:
			return nil, invalid("its shape %v is no shape: export the model again", shape)
		}
		n, ok := count([]int64{known, out[i]})
		if !ok {
			return nil, invalid("its shape %v is absurd: export the model again", shape)
		}
		known = n
	}
	total, _ := count(dims)
	if free >= 0 && known > 0 {
		out[free] = total / known
	}
	return out, nil
}

// squeezeDims drops the axes, or every dimension of one but the batch.
func squeezeDims(axes, dims []int64) ([]int64, error) {
	drop := make([]bool, len(dims))
	for _, a := range axes {
		if a < 0 {
			a += int64(len(dims))
		}
		if a < 0 || a >= int64(len(dims)) || dims[a] != 1 {
			return nil, invalid("its axes %v don't fit the shape %v: export the model again", axes, dims)
		}
		drop[a] = true
	}
	var out []int64
	for i, d := range dims {
		if len(axes) == 0 && d == 1 && i > 0 {
			continue
		}
		if !drop[i] {
			out = append(out, d)
		}
	}
	return out, nil
}

// unsqueezeDims inserts dimensions of one at the axes, which count in the result.
func unsqueezeDims(axes, dims []int64) ([]int64, error) {
	rank := len(dims) + len(axes)
	if rank > maxRank {
		return nil, unsupported("its result would have %d dimensions", rank)
	}
	out := make([]int64, rank)
	for _, a := range axes {
		if a < 0 {
			a += int64(rank)
		}
		if a < 0 || a >= int64(rank) || out[a] != 0 {
			return nil, invalid("its axes %v don't fit the shape %v: export the model again", axes, dims)
		}
		out[a] = 1
	}
	for i := range out {
		if out[i] == 0 {
			out[i], dims = dims[0], dims[1:]
		}
	}
	return out, nil
}
