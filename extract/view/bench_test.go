package view

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"featurecache/testdata"
)

// noise returns a random picture of w × h pixels.
func noise(w, h int) *Image {
	img := newImage(w, h)
	s := newStream(1, [32]byte{}, 0)
	for i := range img.Pix {
		img.Pix[i] = uint8(s.chacha.Uint64())
	}
	return img
}

// BenchmarkTrain times a training view of a decoded image: crop, resize, flip,
// normalise, on average over 64 draws.
func BenchmarkTrain(b *testing.B) {
	for _, size := range [][2]int{{500, 400}, {375, 500}, {1600, 1200}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			img := noise(size[0], size[1])
			crops := make([]Crop, 64)
			for k := range crops {
				crops[k] = Draw(0, [32]byte{}, k+1, img.Width, img.Height)
			}
			r := NewResampler(Transform{})
			dst := make([]float32, 3*224*224)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Train(dst, img, crops[i%len(crops)])
			}
		})
	}
}

// BenchmarkEval times an evaluation view of a decoded image.
func BenchmarkEval(b *testing.B) {
	for _, size := range [][2]int{{500, 400}, {375, 500}, {1600, 1200}, {3000, 2}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			img := noise(size[0], size[1])
			r := NewResampler(Transform{})
			dst := make([]float32, 3*224*224)
			b.ReportAllocs()
			for b.Loop() {
				r.Eval(dst, img)
			}
		})
	}
}

// BenchmarkInterpolation times both kinds of views of a photograph with each filter.
func BenchmarkInterpolation(b *testing.B) {
	img := noise(500, 400)
	crops := make([]Crop, 64)
	for k := range crops {
		crops[k] = Draw(0, [32]byte{}, k+1, img.Width, img.Height)
	}
	dst := make([]float32, 3*224*224)
	for _, by := range []Interpolation{Bilinear, Bicubic, Lanczos} {
		r := NewResampler(Transform{Interpolation: by})
		b.Run("eval/"+by.String(), func(b *testing.B) {
			for b.Loop() {
				r.Eval(dst, img)
			}
		})
		b.Run("train/"+by.String(), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				r.Train(dst, img, crops[i%len(crops)])
			}
		})
	}
}

// BenchmarkDraw times the choice of a crop.
func BenchmarkDraw(b *testing.B) {
	content := sha256.Sum256(nil)
	for i := 0; b.Loop(); i++ {
		Draw(0, content, i, 500, 400)
	}
}

// BenchmarkDecode decodes one file of each kind.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"transforms/decoded0.png", "bad-images/photo.bmp", "bad-images/photo.webp", "transforms/sub420.jpg"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			data, err := os.ReadFile(testdata.Shared(b, "golden", filepath.FromSlash(name)))
			if err != nil {
				b.Fatal(err)
			}
			img, err := decodeNew(data, DecodeOptions{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(img.Pix)))
			b.ReportAllocs()
			var d Decoder
			for b.Loop() {
				if _, err := d.Decode(data, DecodeOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
