// Package preview draws a data set's images for people to look at, exactly as the network
// sees them: [Draw] draws a grid of them and writes it to a file.
package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"

	"featurecache/cache/durable"
	"featurecache/cache/folder"
	"featurecache/extract/view"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/preview/figure"
	"featurecache/pipeline/preview/typeset"
	"featurecache/pipeline/trained"
)

// Options say which images to draw.
type Options struct {
	Cache  string // the store's file
	Out    string // the PNG to write
	Images int    // number of images, at least 1
	Views  int    // training views of each, side by side; 0: one, in rows as a batch
	Seed   uint64 // chooses the images
	Head   string // if set, draw validation images with this head's predictions
}

// Item is one picture of a preview.
type Item struct {
	Path        string  `json:"path"`
	Class       string  `json:"class"`
	View        int     `json:"view"`                  // 0 is the evaluation view
	Predicted   string  `json:"predicted,omitempty"`   // with a head
	Probability float64 `json:"probability,omitempty"` // of Predicted
}

// Preview is what was drawn.
type Preview struct {
	Figure *image.RGBA
	Items  []Item  // row by row
	Failed []error // why images could not be drawn; others took their place
}

// Draw draws images chosen at random by the seed, as the network sees them before their
// colours are normalised: training images, or, with a head, validation images with its
// predictions. It is an error if the figure would be too large.
func Draw(ctx context.Context, opt Options) (*Preview, error) {
	p, err := drawAll(ctx, opt)
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	return p, nil
}

func drawAll(ctx context.Context, opt Options) (*Preview, error) {
	set, err := dataset.Open(opt.Cache)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	if opt.Views > set.Scan.Views {
		return nil, fmt.Errorf("the network sees %d training views of each image, so %d can't be shown; extract more with extract --views",
			set.Scan.Views, opt.Views)
	}
	source, err := set.Pictures()
	if err != nil {
		return nil, err
	}
	if err := figure.Check(min(opt.Images, len(set.Scan.Images))*max(1, opt.Views), source.Size()); err != nil {
		return nil, err
	}
	d := &drawing{Pictures: source, classes: set.Scan.Classes, opt: opt, result: &Preview{}}
	images, err := d.choose(set)
	if err != nil {
		return nil, err
	}
	if err := d.draw(ctx, images); err != nil {
		return nil, err
	}
	columns := figure.Columns(len(d.cells))
	if opt.Views > 0 {
		columns = opt.Views
	}
	if d.result.Figure, err = figure.Grid(d.cells, columns); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := png.Encode(&file, d.result.Figure); err != nil {
		return nil, err
	}
	return d.result, durable.WriteBytes(opt.Out, file.Bytes())
}

// drawing is a preview in the making.
type drawing struct {
	*dataset.Pictures
	classes []string
	opt     Options
	cells   []figure.Cell

	// With a head, its output for the validation images.
	scored        *dataset.Scored
	probabilities []float32 // [N,C]

	result *Preview
}

// choose returns the images to draw from: training images, or, with a head, validation
// images, which it scores.
func (d *drawing) choose(set *dataset.Dataset) ([]folder.Image, error) {
	if d.opt.Head == "" {
		return set.Images(folder.Train)
	}
	h, err := trained.Load(d.opt.Head)
	if err != nil {
		return nil, err
	}
	if d.scored, err = set.Score(h); err != nil {
		return nil, err
	}
	d.probabilities = d.scored.Probabilities()
	return d.scored.Images, nil
}

// draw draws the first images of a random order. If one can't be drawn, the error is kept
// and the next image takes its place.
func (d *drawing) draw(ctx context.Context, images []folder.Image) error {
	drawn := 0
	for _, i := range rand.New(rand.NewPCG(d.opt.Seed, 0)).Perm(len(images)) {
		if drawn == d.opt.Images {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		picture, err := d.Decode(&images[i])
		if err != nil {
			d.result.Failed = append(d.result.Failed, err)
			continue
		}
		if d.opt.Head != "" {
			d.addPrediction(&images[i], picture, i)
		} else {
			d.addTraining(&images[i], picture)
		}
		drawn++
	}
	if drawn == 0 {
		return errors.Join(append([]error{errors.New("no image could be drawn")}, d.result.Failed...)...)
	}
	return nil
}

func (d *drawing) addTraining(img *folder.Image, picture *view.Image) {
	class := d.classes[img.Label]
	for k := 1; k <= max(1, d.opt.Views); k++ {
		drawn, crop := d.Train(picture, img.Content, k)
		note := fmt.Sprintf("view %d: %d×%d of %d×%d", k, crop.Width, crop.Height, picture.Width, picture.Height)
		if crop.Flip {
			note += ", mirrored"
		}
		d.cells = append(d.cells, figure.Cell{Picture: drawn, Title: class, Note: note})
		d.result.Items = append(d.result.Items, Item{Path: img.Path, Class: class, View: k})
	}
}

func (d *drawing) addPrediction(img *folder.Image, picture *view.Image, i int) {
	class := d.classes[img.Label]
	best := d.scored.Best(i)
	probability := float64(d.probabilities[i*d.scored.Classes+best])
	wrong := best != img.Label
	note := percent(probability)
	if wrong {
		note += ", wrong: it is " + typeset.Isolate(class)
	}
	predicted := d.classes[best]
	d.cells = append(d.cells, figure.Cell{Picture: d.Eval(picture), Title: "predicted: " + typeset.Isolate(predicted), Note: note, Marked: wrong})
	d.result.Items = append(d.result.Items, Item{Path: img.Path, Class: class, Predicted: predicted, Probability: probability})
}

// percent never rounds up to 100 %.
func percent(share float64) string {
	if share < 1 && share >= 0.9995 {
		return "over 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}
