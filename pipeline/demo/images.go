package demo

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// classes are the two classes of the demo's images, with their ranges of hues in degrees. A
// network with random weights tells colours apart but little else, so the demo asks for no
// more.
var classes = []struct {
	name      string
	low, high float64
}{
	{"oranges", 18, 42},
	{"plums", 270, 320},
}

// WriteImages makes an image folder in root, with train and val images per class: pictures
// of a few fruits on leaves.
func WriteImages(root string, train, val int) error {
	rng := rand.New(rand.NewPCG(2018, 25))
	for _, split := range []struct {
		name string
		n    int
	}{{"train", train}, {"val", val}} {
		for _, class := range classes {
			dir := filepath.Join(root, split.name, class.name)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			for i := range split.n {
				path := filepath.Join(dir, fmt.Sprintf("%s_%02d.jpg", class.name, i))
				if err := writeImage(path, class.low, class.high, rng); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func writeImage(path string, low, high float64, rng *rand.Rand) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = jpeg.Encode(f, drawDemoImage(low, high, rng), &jpeg.Options{Quality: 88})
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// fruit is a ball lit from the upper left.
type fruit struct {
	x, y, radius float64
	colour       [3]float64
}

// drawDemoImage draws one to five fruits with hues between low and high on a background of
// leaf green, and adds noise.
func drawDemoImage(low, high float64, rng *rand.Rand) image.Image {
	width, height := 280+rng.IntN(120), 280+rng.IntN(120)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	fruits := make([]fruit, 1+rng.IntN(5))
	for i := range fruits {
		fruits[i] = fruit{
			x: rng.Float64() * float64(width), y: rng.Float64() * float64(height), radius: 35 + 60*rng.Float64(),
			colour: hue(low+(high-low)*rng.Float64(), 0.55+0.4*rng.Float64(), 0.6+0.35*rng.Float64()),
		}
	}
	leaf := hue(80+60*rng.Float64(), 0.3+0.5*rng.Float64(), 0.25+0.4*rng.Float64())
	veinX, veinY, phase := 0.02+0.1*rng.Float64(), 0.02+0.1*rng.Float64(), 7*rng.Float64()
	for y := range height {
		for x := range width {
			light := 0.8 + 0.2*math.Sin(veinX*float64(x)+veinY*float64(y)+phase)
			colour := leaf
			for _, f := range fruits {
				dx, dy := (float64(x)-f.x)/f.radius, (float64(y)-f.y)/f.radius
				if d := dx*dx + dy*dy; d < 1 {
					colour, light = f.colour, 0.55+0.45*max(0, math.Sqrt(1-d)-0.5*(dx+dy))
				}
			}
			noise := 14 * rng.NormFloat64()
			img.SetRGBA(x, y, color.RGBA{
				R: sample(colour[0]*light, noise), G: sample(colour[1]*light, noise), B: sample(colour[2]*light, noise), A: 255,
			})
		}
	}
	return img
}

// hue converts a hue in degrees, a saturation and a value, both 0–1, to RGB, 0–1.
func hue(degrees, saturation, value float64) [3]float64 {
	var rgb [3]float64
	for i, offset := range []float64{5, 3, 1} {
		k := math.Mod(offset+degrees/60, 6)
		rgb[i] = value - value*saturation*max(0, min(k, 4-k, 1))
	}
	return rgb
}

func sample(v, noise float64) uint8 {
	return uint8(min(max(255*v+noise, 0), 255))
}
