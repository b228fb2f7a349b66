package main

import (
	"fmt"

	"featurecache/extract"
)

// extractFlags are the options of an extraction, which extract and run share.
type extractFlags struct {
	Data     string `required:"" placeholder:"DIR" help:"Image folder, with DIR/train/CLASS/… and DIR/val/CLASS/…."`
	Backbone string `placeholder:"FILE" help:"ONNX model. Default: the file that 'backbone fetch resnet18' downloaded."`
	Cache    string `required:"" placeholder:"FILE" help:"Feature store; created if missing."`

	Views           int      `default:"25" help:"Training views per image, each a random crop; epoch e trains on view 1 + (e mod views). Validation images get one centre crop."`
	ViewSeed        uint64   `default:"0" help:"Seed of the random crops and flips. Another seed makes another feature space."`
	Extensions      []string `placeholder:".EXT,…" help:"Also read files with these extensions, such as .jfif, and with . those that have none; of a .gif, the first frame."`
	ExifOrientation bool     `help:"Rotate photos upright by their EXIF tag or XMP; off by default, as in torchvision."`
	maxBadFlag      `embed:""`
	workersFlag     `embed:""`
	inputFlags      `embed:""`
}

// maxBadFlag limits the share of unreadable images.
type maxBadFlag struct {
	MaxBad float64 `default:"0.1" help:"Largest share of unreadable images that is accepted, 0 to 1; above it the exit status is 3."`
}

// workersFlag sets the parallelism.
type workersFlag struct {
	Workers int `default:"0" help:"Parallel workers; 0 means one per core."`
}

func (f *extractFlags) validate() error {
	if f.Views < 1 {
		return fmt.Errorf("--views %d: want at least 1", f.Views)
	}
	if err := f.validateInput(); err != nil {
		return err
	}
	return validateShare("--max-bad", f.MaxBad)
}

// options returns the flags as the options of an extraction.
func (f *extractFlags) options() (extract.Options, error) {
	backbone, err := backboneOr(f.Backbone)
	opt := extract.Options{
		Data: f.Data, Backbone: backbone, Cache: f.Cache,
		Views: f.Views, Seed: f.ViewSeed, Extensions: f.Extensions, ExifOrientation: f.ExifOrientation,
		MaxBad: f.MaxBad, Workers: f.Workers,
	}
	f.set(&opt)
	return opt, err
}

func validateShare(flag string, share float64) error {
	if share >= 0 && share <= 1 {
		return nil
	}
	return fmt.Errorf("%s %g: want 0 to 1", flag, share)
}
