package main

import (
	"errors"
	"fmt"

	"featurecache/extract"
)

// inputFlags are the backbone's input and the tensor that is kept. All of them are part
// of the feature space's name.
type inputFlags struct {
	Feature string    `placeholder:"NAME" help:"Tensor to take as features; NAME[cls] takes its first token, NAME[mean] the mean of its tokens or pixels. What enters the classifier if not given; 'backbone inspect --tensors' lists all."`
	Size    int       `default:"0" help:"Height and width of a view; 0 means what the model declares; if it takes any, what its metadata or a file beside it say, else 224."`
	Mean    []float32 `placeholder:"R,G,B" help:"Means to subtract from the colours, always in the order red, green, blue: for colours of 0 to 1 or, if a number is above 1, of 0 to 255. By default the model's metadata decide, else a preprocessor_config.json or a timm config.json beside it, else what the network itself does to its input, else ImageNet's."`
	Std     []float32 `placeholder:"R,G,B" help:"Standard deviations to divide by; goes with --mean, for the same range."`

	Interpolation string `placeholder:"bilinear|bicubic|lanczos" enum:",bilinear,bicubic,lanczos" default:"" help:"Filter of all resizes; by default as for --mean, else bilinear."`
	Resize        resize `placeholder:"N|NxN" help:"Resize for the evaluation view, before the middle is cropped to --size: N is the length of the shorter side, NxN squashes the image. By default as for --mean, else 256/224 of the size."`

	Channels string `placeholder:"rgb|bgr" enum:",rgb,bgr" default:"" help:"Order in which the network reads the normalised colours; by default as for --mean, else rgb."`
}

// validateInput refuses values that no backbone accepts.
func (f *inputFlags) validateInput() error {
	const most = 8192
	if f.Size < 0 || f.Size > most {
		return fmt.Errorf("--size %d: want 1 to %d, or 0 for the model's own", f.Size, most)
	}
	if len(f.Mean) == 0 && len(f.Std) == 0 {
		return nil
	}
	if len(f.Mean) != 3 || len(f.Std) != 3 {
		return errors.New("--mean and --std: give both, with 3 numbers each, as in --mean 0.5,0.5,0.5")
	}
	for c := range 3 {
		if mean, std := f.Mean[c], f.Std[c]; mean-mean != 0 || std-std != 0 || std <= 0 {
			return fmt.Errorf("--mean %g and --std %g: want finite numbers, and --std more than 0", mean, std)
		}
	}
	return nil
}

// set sets the flags in the options of an extraction.
func (f *inputFlags) set(opt *extract.Options) {
	opt.Feature = f.Feature
	opt.Preprocessing.Framing = extract.FramingOptions{
		Size: f.Size, Interpolation: f.Interpolation, Resize: f.Resize.side, Squash: f.Resize.squash,
	}
	colours := &opt.Preprocessing.Colours
	colours.Channels = f.Channels
	copy(colours.Mean[:], f.Mean)
	copy(colours.Std[:], f.Std)
}
