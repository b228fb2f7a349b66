package beside

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// object is a JSON object. Its methods read fields; the first error sticks, and a field
// that is absent or null keeps the default.
type object struct {
	fields map[string]json.RawMessage
	within string // name of the object in the file, with a dot; "" for the file itself
	err    error
}

// parseObject reads a file that holds one JSON object.
func parseObject(data []byte) (*object, error) {
	o := &object{}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	err := decoder.Decode(&o.fields)
	if err == nil && o.fields == nil {
		err = errors.New("null instead of an object")
	}
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err != nil {
		return nil, &FieldError{Reason: fmt.Sprintf("not a JSON object: %v", err)}
	}
	return o, nil
}

// has reports whether the object has the field, and not null.
func (o *object) has(name string) bool {
	raw, ok := o.fields[name]
	return ok && string(raw) != "null"
}

// fail notes the first error.
func (o *object) fail(name, format string, args ...any) {
	if o.err == nil {
		o.err = &FieldError{Field: o.within + name, Reason: fmt.Sprintf(format, args...)}
	}
}

// read decodes a field into v and reports whether it is there. want says what it should be.
func (o *object) read(name string, v any, want string) bool {
	if !o.has(name) {
		return false
	}
	if err := json.Unmarshal(o.fields[name], v); err != nil {
		o.fail(name, "%s, want %s", o.shown(name), want)
		return false
	}
	return true
}

// shown is a field's value, shortened for messages.
func (o *object) shown(name string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, o.fields[name]); err != nil {
		return "not JSON"
	}
	const most = 60
	text := strings.ToValidUTF8(b.String(), "?")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}

func (o *object) text(name string) (s string) {
	o.read(name, &s, "a string")
	return s
}

func (o *object) flag(name string, otherwise bool) bool {
	o.read(name, &otherwise, "true or false")
	return otherwise
}

func (o *object) number(name string, otherwise float64) float64 {
	o.read(name, &otherwise, "a number")
	return otherwise
}

// three reads three numbers, or one for all three.
func (o *object) three(name string, otherwise [3]float64) [3]float64 {
	const want = "three numbers"
	if !o.has(name) {
		return otherwise
	}
	var one float64
	if json.Unmarshal(o.fields[name], &one) == nil {
		return [3]float64{one, one, one}
	}
	var all []float64
	if !o.read(name, &all, want) {
		return otherwise
	}
	if len(all) != 3 {
		o.fail(name, "%s, want %s", o.shown(name), want)
		return otherwise
	}
	return [3]float64(all)
}

// side makes a length in pixels of a JSON number.
func side(x float64) (int, bool) {
	return int(x), x >= 1 && x <= maxSide && x == math.Trunc(x)
}

// object reads a field that is an object itself.
func (o *object) object(name string) *object {
	inner := &object{within: o.within + name + "."}
	o.read(name, &inner.fields, "an object")
	return inner
}

// names lists the fields in order.
func (o *object) names() []string {
	var all []string
	for name := range o.fields {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
