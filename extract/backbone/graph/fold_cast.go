package graph

import "math"

// as converts a decoded constant to another type, as Cast does.
func (t *tensor) as(typ dataType) *tensor {
	out := &tensor{typ: typ, dims: t.dims}
	for _, v := range t.reals {
		switch {
		case typ.isFloat():
			out.reals = append(out.reals, v)
		case typ == boolType:
			out.ints = append(out.ints, int64(truth(v != 0)))
		case typ == int32Type:
			out.ints = append(out.ints, int64(int32(v)))
		default:
			out.ints = append(out.ints, int64(v))
		}
	}
	for _, v := range t.ints {
		switch {
		case typ.isFloat():
			out.reals = append(out.reals, float32(v))
		case typ == boolType:
			out.ints = append(out.ints, int64(truth(v != 0)))
		case typ == int32Type:
			out.ints = append(out.ints, int64(int32(v)))
		default:
			out.ints = append(out.ints, v)
		}
	}
	return out
}

func foldCast(f *folding, x *tensor) ([]*tensor, error) {
	return f.cast(x, dataType(f.attrs.integer("to", 0)))
}

func foldCastLike(f *folding, x *tensor) ([]*tensor, error) {
	like, err := f.required(1)
	if err != nil {
		return nil, err
	}
	return f.cast(x, like.typ)
}

func (f *folding) cast(x *tensor, to dataType) ([]*tensor, error) {
	if !to.isFloat() && to != int32Type && to != int64Type && to != boolType {
		return nil, cannotFold("it casts %s to %s", x.typ, to)
	}
	return []*tensor{x.as(to)}, f.spend(x.dims)
}

func foldClip(f *folding, x *tensor) ([]*tensor, error) {
	if !x.typ.isFloat() {
		return nil, cannotFold("it clips integers")
	}
	if err := f.spend(x.dims); err != nil {
		return nil, err
	}
	lo, hi := f.attrs.float("min", -math.MaxFloat32), f.attrs.float("max", math.MaxFloat32)
	for i, limit := range []*float32{&lo, &hi} {
		if i+1 < len(f.in) && f.in[i+1] != nil {
			if len(f.in[i+1].reals) != 1 {
				return nil, invalid("its limit %d is not one float: export the model again", i)
			}
			*limit = f.in[i+1].reals[0]
		}
	}
	out := &tensor{typ: x.typ, dims: x.dims}
	for _, v := range x.reals {
		out.reals = append(out.reals, min(max(v, lo), hi))
	}
	return []*tensor{out}, nil
}
