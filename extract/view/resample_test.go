package view

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"codeberg.org/sbinet/npyio/npz"
)

var resizesFile = flag.String("resizes", "testdata/resizes.npz", "archive of views that Pillow made, from testdata/make_resizes.py")

// TestResizes compares views of small images of all shapes with Pillow's, bit for
// bit: slivers, enlargements, both orders of the passes, all remainders of 8.
func TestResizes(t *testing.T) {
	archive, err := npz.Open(*resizesFile)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	cases, all := 0, difference{}
	for _, key := range archive.Keys() {
		name, ok := strings.CutSuffix(key, ".src.npy")
		if !ok {
			continue
		}
		cases++
		var src, train, eval []uint8
		var p []int64
		if err := errors.Join(
			archive.Read(key, &src), archive.Read(name+".params.npy", &p),
			archive.Read(name+".train.npy", &train), archive.Read(name+".eval.npy", &eval),
		); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		shape := archive.Header(key).Descr.Shape
		img := &Image{Width: shape[1], Height: shape[0], Pix: src}
		crop := Crop{Top: int(p[2]), Left: int(p[3]), Height: int(p[4]), Width: int(p[5]), Flip: p[6] == 1}

		transform := Transform{Size: int(p[0]), Interpolation: Interpolation(p[7]),
			Evaluation: Evaluation{Resize: int(p[1]), Squash: p[8] == 1, RoundDown: p[9] == 1}}
		if half, _ := strconv.Atoi(name); half < len(archive.Keys())/8 {
			transform.Evaluation.Resize = 0 // the default
		}
		r := NewResampler(transform)
		got := make([]uint8, len(train))
		r.TrainRGB(got, img, crop)
		d := compare(got, train)
		all.add(d)
		if d.max != 0 {
			t.Errorf("%s: %d×%d, %+v to %d, %v: %v", name, img.Width, img.Height, crop, p[0], transform.Interpolation, d)
		}
		r.EvalRGB(got, img)
		d = compare(got, eval)
		all.add(d)
		if d.max != 0 {
			t.Errorf("%s: %d×%d, evaluation view of %+v: %v", name, img.Width, img.Height, transform, d)
		}
	}
	if cases < 99 {
		t.Errorf("only %d cases", cases)
	}
	t.Logf("%d cases: %v", cases, all)
}

// TestNormalised compares the float views with the RGB views and ToTensor's and
// Normalize's definition.
func TestNormalised(t *testing.T) {
	const size = 31
	mean, std := [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
	img := noise(60, 47)
	r := NewResampler(Transform{Size: size})
	rgb := make([]uint8, 3*size*size)
	got := make([]float32, 3*size*size)
	check := func(what string) {
		for i, v := range got {
			c, at := i/(size*size), i%(size*size)
			want := float32(rgb[3*at+c]) / 255
			want -= mean[c]
			want /= std[c]
			if math.Float32bits(v) != math.Float32bits(want) {
				t.Fatalf("%s: element %d is %g, want %g", what, i, v, want)
			}
		}
	}
	r.EvalRGB(rgb, img)
	r.Eval(got, img)
	check("eval")
	for _, flip := range []bool{false, true} {
		crop := Crop{Top: 3, Left: 5, Height: 40, Width: 37, Flip: flip}
		r.TrainRGB(rgb, img, crop)
		r.Train(got, img, crop)
		check(fmt.Sprintf("train, flip %v", flip))
	}
}

// TestCropSeesNothingOutside guards against a resize that reads pixels around the
// crop: torchvision cuts first.
func TestCropSeesNothingOutside(t *testing.T) {
	img := noise(50, 40)
	crop := Crop{Top: 7, Left: 9, Height: 20, Width: 30}
	alone := newImage(crop.Width, crop.Height)
	for y := range crop.Height {
		copy(alone.row(y), img.row(crop.Top + y)[3*crop.Left:])
	}
	r := NewResampler(Transform{Size: 24})
	got, want := make([]uint8, 3*24*24), make([]uint8, 3*24*24)
	r.TrainRGB(got, img, crop)
	r.TrainRGB(want, alone, Crop{Height: crop.Height, Width: crop.Width})
	if d := compare(got, want); d.max != 0 {
		t.Error(d)
	}
}

// TestSteadyStateAllocatesNothing guards the promise that a worker's memory stops
// growing.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	img := noise(300, 200)
	r := NewResampler(Transform{})
	dst := make([]float32, 3*224*224)
	crop := Draw(0, [32]byte{}, 1, img.Width, img.Height)
	if n := testing.AllocsPerRun(3, func() {
		r.Eval(dst, img)
		r.Train(dst, img, crop)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestSliver makes views of images whose resized version would be enormous.
func TestSliver(t *testing.T) {
	r := NewResampler(Transform{})
	dst := make([]float32, 3*224*224)
	for _, size := range [][2]int{{100_000, 1}, {1, 100_000}, {3000, 2}, {2, 3000}, {1, 1}} {
		img := noise(size[0], size[1])
		r.Eval(dst, img)
		for k := range 20 {
			r.Train(dst, img, Draw(uint64(k), [32]byte{}, 1, img.Width, img.Height))
		}
		if n := len(r.half) + 8*len(r.paired) + 8*len(r.columns.weights) + 8*len(r.rows.weights); n > 4<<20 {
			t.Errorf("%v: scratch of %d bytes", size, n)
		}
	}
}
