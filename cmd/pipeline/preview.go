package main

import (
	"context"
	"errors"
	"fmt"

	"featurecache/cmd/pipeline/inline"
	"featurecache/pipeline/preview"

	"github.com/alecthomas/kong"
)

type previewCmd struct {
	Cache     string `required:"" placeholder:"FILE" help:"Feature store that extract made; the images must still be in their places."`
	PNG       string `name:"png" default:"preview.png" placeholder:"FILE" help:"PNG file to write."`
	Images    int    `default:"0" help:"How many images; 0 means 4 of a training batch, or 6 with --predict."`
	Columns   int    `default:"0" help:"Draw this many training views of each image side by side; 0 draws one of each."`
	Predict   bool   `help:"Show validation images with the head's predictions; wrong ones are framed."`
	Head      string `placeholder:"DIR" help:"Folder that fit wrote, or a head.safetensors in it; for --predict."`
	ImageSeed uint64 `default:"0" help:"Seed of the random choice of images."`
	Inline    string `default:"auto" enum:"auto,kitty,iterm2,sixel,off" help:"Protocol for showing the picture in the terminal too: auto (asks the terminal), kitty, iterm2, sixel or off."`
}

func (*previewCmd) Help() string {
	return `Example:
  pipeline preview --cache features.db --columns 5
  pipeline preview --cache features.db --predict --head head

Draws images exactly as the network sees them: cropped, mirrored and resized, but before their colours are normalised. Lists the drawn images row by row on stdout.

Class names may be in any script: what the program's own fonts lack comes from the system's fonts, else from fonts packed into the program. A character that none of them has, such as an emoji, becomes a box.

Exit status: 0 done; 1 failed; 2 wrong usage; 75 another run holds the store.`
}

// Validate rejects combinations without a meaning.
func (c *previewCmd) Validate(parsed *kong.Context) error {
	switch {
	case c.Images < 0 || c.Columns < 0:
		return errors.New("--images and --columns: want 0 or more")
	case c.Predict && c.Head == "":
		return errors.New("--predict needs --head: the folder that fit wrote")
	case c.Predict && given(parsed, "columns"):
		return errors.New("--columns draws training images, and --predict validation images: choose one")
	case !c.Predict && given(parsed, "head"):
		return errors.New("--head is for --predict: give both or neither")
	}
	if c.Predict { // a variable or a file may set the others for other commands
		c.Columns = 0
	} else {
		c.Head = ""
	}
	return nil
}

// Run runs the command.
func (c *previewCmd) Run(ctx context.Context, con console) error {
	images := c.Images
	switch {
	case images == 0 && c.Predict:
		images = 6 // as visualize_model in PyTorch's tutorial
	case images == 0:
		images = 4 // the tutorial's batch
	}
	p, err := preview.Draw(ctx, preview.Options{
		Cache: c.Cache, Out: c.PNG, Images: images, Views: c.Columns, Seed: c.ImageSeed, Head: c.Head,
	})
	if err != nil {
		return err
	}
	for _, failed := range p.Failed {
		fmt.Fprintln(con.stderr, "skipped:", quotePath(failed.Error()))
	}
	for _, item := range p.Items {
		if c.Predict {
			fmt.Fprintf(con.stdout, "%s\t%s\t%s\t%.4f\n", quotePath(item.Path), item.Class, item.Predicted, item.Probability)
		} else {
			fmt.Fprintf(con.stdout, "%s\t%s\tview %d\n", quotePath(item.Path), item.Class, item.View)
		}
	}
	fmt.Fprintln(con.stdout, "drew", c.PNG)
	return inline.Show(con.stdout, p.Figure, inline.Protocol(c.Inline))
}
