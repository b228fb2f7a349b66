package graph

// attributes are a node's, as onnx-go decodes them. An attribute of the wrong type sets
// err, so a caller reads all that it needs and then checks err once.
type attributes struct {
	values map[string]any
	err    error
}

func attribute[T any](a *attributes, name string, otherwise T) T {
	v, ok := a.values[name]
	if !ok {
		return otherwise
	}
	t, ok := v.(T)
	if !ok {
		if a.err == nil {
			a.err = invalid("attribute %q has the wrong type: export the model again", name)
		}
		return otherwise
	}
	return t
}

func (a *attributes) has(name string) bool { _, ok := a.values[name]; return ok }

func (a *attributes) integer(name string, otherwise int64) int64 {
	return attribute(a, name, otherwise)
}

func (a *attributes) float(name string, otherwise float32) float32 {
	return attribute(a, name, otherwise)
}

func (a *attributes) text(name, otherwise string) string {
	return attribute(a, name, otherwise)
}

// integers reads a list of exactly n integers, each from lo to hi.
func (a *attributes) integers(name string, n int, lo, hi, otherwise int64) []int {
	out := make([]int, n)
	list := attribute[[]int64](a, name, nil)
	for i := range out {
		out[i] = int(otherwise)
	}
	if list == nil {
		return out
	}
	if len(list) != n {
		a.fail("attribute %q has %d numbers, not %d: only two-dimensional layers can run", name, len(list), n)
		return out
	}
	for i, v := range list {
		if v < lo || v > hi {
			a.fail("attribute %q is %d, outside %d to %d", name, v, lo, hi)
			return out
		}
		out[i] = int(v)
	}
	return out
}

func (a *attributes) fail(format string, args ...any) {
	if a.err == nil {
		a.err = unsupported(format, args...)
	}
}
