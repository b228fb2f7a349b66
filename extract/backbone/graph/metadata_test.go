package graph

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func TestColours(t *testing.T) {
	third := [3]float32{1. / 255, 1. / 255, 1. / 255}
	half := [3]float32{0.5, 0.5, 0.5}
	one := [3]float32{1, 1, 1}
	cases := []struct {
		name  string
		props [][2]string
		want  Colours
		err   error
	}{
		{"nothing", [][2]string{{"author", "me"}}, Colours{}, nil},
		{"numbers", [][2]string{{"mean", "[0.5, 0.25,0]"}, {"std", "1,1,1"}}, Colours{Mean: [3]float32{0.5, 0.25, 0}, Std: one}, nil},
		{"bytes", [][2]string{{"Image.NominalPixelRange", "NominalRange_0_255"}}, Colours{Std: third}, nil},
		{"0 to 1", [][2]string{{"Image.BitmapPixelFormat", "Rgb8"}, {"Image.NominalPixelRange", "Normalized_0_1"}}, Colours{Std: one}, nil},
		{"-1 to 1", [][2]string{{"Image.NominalPixelRange", "Normalized_1_1"}}, Colours{Mean: half, Std: half}, nil},
		{"another format", [][2]string{{"Image.BitmapPixelFormat", "Bgr8"}, {"Image.NominalPixelRange", "Normalized_0_1"}}, Colours{Std: one, BGR: true}, nil},
		{"grey", [][2]string{{"Image.BitmapPixelFormat", "Gray8"}}, Colours{}, ErrUnsupported},
		{"another range", [][2]string{{"Image.NominalPixelRange", "NominalRange_16_235"}}, Colours{}, ErrUnsupported},
		{"mean alone", [][2]string{{"mean", "0,0,0"}}, Colours{}, ErrUnsupported},
		{"zero", [][2]string{{"mean", "0,0,0"}, {"std", "0,1,1"}}, Colours{}, ErrUnsupported},
		{"not a number", [][2]string{{"mean", "0,0,NaN"}, {"std", "1,1,1"}}, Colours{}, ErrUnsupported},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := &model{}
			for _, p := range c.props {
				var b []byte
				for id, s := range p {
					b = protowire.AppendString(protowire.AppendTag(b, protowire.Number(id+1), protowire.BytesType), s)
				}
				if err := m.addMetadata(b); err != nil {
					t.Fatal(err)
				}
			}
			got, err := (&Graph{colours: m.colours}).Colours()
			if !errors.Is(err, c.err) || err == nil && got != c.want {
				t.Errorf("%v, %v; want %v, %v", got, err, c.want, c.err)
			}
		})
	}
}
