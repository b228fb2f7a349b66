package graph_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
	"google.golang.org/protobuf/encoding/protowire"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/backbone/graph/graphtest"
)

// A drawn model is one of an archive's, with what ONNX Runtime makes of the image pattern.
type drawn struct {
	model []byte
	want  []float32
}

// readDrawn reads an archive of models that testdata/make_views.py wrote.
func readDrawn(t testing.TB, name string) []drawn {
	t.Helper()
	r, err := npz.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var models []byte
	var wants []float32
	var sizes, counts []int64
	for name, to := range map[string]any{"models": &models, "sizes": &sizes, "wants": &wants, "counts": &counts} {
		if err := r.Read(name+".npy", to); err != nil {
			t.Fatal(err)
		}
	}
	all := make([]drawn, len(sizes))
	for i := range all {
		all[i] = drawn{models[:sizes[i]], wants[:counts[i]]}
		models, wants = models[sizes[i]:], wants[counts[i]:]
	}
	return all
}

// disagreement compares y, of a drawn model, with ONNX Runtime's. It returns an error of the
// loader, or what is wrong; "" if nothing is.
func (d drawn) disagreement() (g *graph.Graph, wrong string, err error) {
	g, err = graph.LoadBytes(d.model, "", graph.Options{Feature: "y"})
	if err != nil {
		return nil, "", err
	}
	if err := graphtest.Check(g); err != nil {
		return g, err.Error(), nil
	}
	got := graphtest.Eval(g, pattern(g.Input.Shape))
	if len(got) != len(d.want) {
		return g, fmt.Sprintf("%d elements, want %d", len(got), len(d.want)), nil
	}
	for i, w := range d.want {
		if w != w && math.IsNaN(got[i]) {
			got[i], d.want[i] = 0, 0
		}
	}
	if e := graphtest.RelativeError(got, d.want); !(e <= 1e-5) {
		return g, fmt.Sprintf("relative L2 error %.2g", e), nil
	}
	return g, "", nil
}

// TestViews compares random graphs of operators that move, combine and reduce with ONNX
// Runtime. All of them can run: a refusal is a failure. See testdata/make_views.py.
func TestViews(t *testing.T) {
	all := readDrawn(t, "views.npz")
	if len(all) < 300 {
		t.Errorf("only %d graphs", len(all))
	}
	for i, d := range all {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if _, wrong, err := d.disagreement(); err != nil || wrong != "" {
				t.Errorf("%v %s, of\n%s", err, wrong, nodeList(d.model))
			}
		})
	}
}

// nodeList writes a model's nodes, one a line, for messages.
func nodeList(model []byte) string {
	var lines []string
	shapes := make(map[string]string)
	fields(field(model, 7), func(id protowire.Number, b []byte) {
		if id == 5 {
			var dims []string
			fields(b, func(id protowire.Number, b []byte) {
				if id == 1 {
					for len(b) > 0 {
						d, n := protowire.ConsumeVarint(b)
						dims, b = append(dims, fmt.Sprint(d)), b[n:]
					}
				}
			})
			shapes[string(field(b, 8))] = fmt.Sprintf("[%s]", strings.Join(dims, " "))
			if data := field(b, 9); field(b, 2)[0] == 7 { // integers
				var list []int64
				for ; len(data) >= 8; data = data[8:] {
					v, _ := protowire.ConsumeFixed64(data)
					list = append(list, int64(v))
				}
				shapes[string(field(b, 8))] = fmt.Sprint(list)
			}
		}
	})
	fields(field(model, 7), func(id protowire.Number, b []byte) {
		if id != 1 {
			return
		}
		var in, out, attributes []string
		fields(b, func(id protowire.Number, b []byte) {
			switch id {
			case 1:
				in = append(in, string(b)+shapes[string(b)])
			case 2:
				out = append(out, string(b))
			case 5:
				a := string(field(b, 1)) + "="
				fields(b, func(id protowire.Number, b []byte) {
					if id == 3 || id == 8 {
						for len(b) > 0 {
							v, n := protowire.ConsumeVarint(b)
							a, b = a+fmt.Sprintf("%d ", int64(v)), b[n:]
						}
					}
					if id == 4 {
						a += string(b)
					}
				})
				attributes = append(attributes, a)
			}
		})
		lines = append(lines, fmt.Sprintf("\t%s = %s(%s) %s", strings.Join(out, ", "), field(b, 4), strings.Join(in, ", "), strings.Join(attributes, "; ")))
	})
	return strings.Join(lines, "\n")
}

// fields calls f with the fields of a message; a number comes as its varint.
func fields(message []byte, f func(id protowire.Number, body []byte)) {
	for len(message) > 0 {
		id, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(id, typ, message); n < 0 {
			return
		}
		body := message[:n]
		if typ == protowire.BytesType {
			body, _ = protowire.ConsumeBytes(body)
		}
		f(id, body)
		message = message[n:]
	}
}

// field is the last field of a message with a number.
func field(message []byte, id protowire.Number) (found []byte) {
	fields(message, func(i protowire.Number, body []byte) {
		if i == id {
			found = body
		}
	})
	return found
}
