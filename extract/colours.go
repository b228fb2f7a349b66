package extract

import (
	"errors"
	"fmt"
	"math"

	"featurecache/extract/backbone/graph"
	"featurecache/extract/beside"
	"featurecache/extract/view"
)

// Colours say how a sample p of 0 to 255 enters the network, as (p/255 − Mean)/Std, and
// why so.
type Colours struct {
	Mean, Std [3]float32 // in the order red, green, blue
	BGR       bool       // the network's first channel is blue
	Why       string     // where Mean and Std come from
	Doubt     string     // why they may be wrong; "" if nothing is known against them
}

// String is all but the doubt, in one line.
func (c Colours) String() string {
	order := "RGB"
	if c.BGR {
		order = "BGR"
	}
	return fmt.Sprintf("mean %s std %s, %s: %s", view.Triple(c.Mean), view.Triple(c.Std), order, c.Why)
}

// ColourOptions are what the user says of the colours. The zero value leaves all to the
// model.
type ColourOptions struct {
	// Mean and Std are in the order red, green, blue, for samples of 0 to 1 or, if a
	// number is above 1, of 0 to 255. A Std of zero means not given.
	Mean, Std [3]float32
	Channels  string // "rgb", "bgr", or "": not given
}

var (
	half = [3]float32{0.5, 0.5, 0.5}
	one  = [3]float32{1, 1, 1}

	errMixed = errors.New("some are for samples of 0 to 1 and some for 0 to 255: give all for the same range")
)

// from reports whether a file has decided the normalisation.
func (c Colours) from(said *beside.Settings) bool { return c.Why == fromFile(said) }

// ColoursOf decides how a model's input is normalised: as opt says, else as the model's
// metadata say, else as a file beside the model says, nil for none, else as the constants
// with which the network scales and shifts its input let conclude, else as ImageNet's. It
// fails if none of them decides.
func ColoursOf(model *graph.Graph, said *beside.Settings, opt ColourOptions) (Colours, error) {
	meta, err := model.Colours()
	if err != nil && opt.Std == [3]float32{} {
		return Colours{}, fmt.Errorf("%w; set --mean and --std, and --channels if the network reads BGR", err)
	}
	asked := opt.Channels
	if asked == "" && (meta.BGR || meta.Std == [3]float32{} && said != nil && said.BGR) {
		asked = "bgr"
	}
	concluded, hasFront, frontErr := fromFront(model, asked)
	var c Colours
	switch {
	case opt.Std != [3]float32{}:
		c, err = given(opt.Mean, opt.Std, "--mean and --std")
	case meta.Std != [3]float32{}:
		c, err = given(meta.Mean, meta.Std, "the model's metadata")
		if err == nil && meta.BGR {
			err = c.knowOrder()
		}
	case said != nil:
		c = Colours{Mean: said.Mean, Std: said.Std, Why: fromFile(said)}
	case frontErr != nil:
		return Colours{}, frontErr
	case hasFront:
		return concluded, nil
	default:
		c = Colours{Mean: view.ImageNetMean, Std: view.ImageNetStd, Why: "ImageNet's, the default: neither flags, the model's metadata nor a file beside it say otherwise"}
	}
	if err != nil {
		return Colours{}, err
	}
	c.BGR = asked == "bgr"
	switch {
	case said != nil && !c.near(Colours{Mean: said.Mean, Std: said.Std, BGR: said.BGR}):
		c.Doubt = fmt.Sprintf("%s beside the model says otherwise: mean %s std %s", said.File, view.Triple(said.Mean), view.Triple(said.Std))
	case frontErr != nil:
		c.Doubt = "the network also scales and shifts its input itself"
	case hasFront && !concluded.near(c):
		channels := "rgb"
		if concluded.BGR {
			channels = "bgr"
		}
		c.Doubt = fmt.Sprintf("the network also scales and shifts its input itself, and seems to want --mean %s --std %s --channels %s",
			view.Triple(concluded.Mean), view.Triple(concluded.Std), channels)
	}
	return c, nil
}

// given takes the numbers of a flag or of metadata, and brings those for samples of 0 to
// 255 to 0 to 1.
func given(mean, std [3]float32, source string) (Colours, error) {
	c := Colours{Mean: mean, Std: std, Why: "from " + source}
	// Standard deviations of exactly 1 leave the samples their own scale, as Caffe does.
	plain := std == one
	large, fraction := false, false
	for i := range 3 {
		large = large || mean[i] > 1 || std[i] > 1
		fraction = fraction || mean[i] > 0 && mean[i] < 1 || std[i] <= 1 && !plain
	}
	if !large {
		return c, nil
	}
	if fraction {
		return Colours{}, fmt.Errorf("mean %s and std %s from %s: %w", view.Triple(mean), view.Triple(std), source, errMixed)
	}
	for i := range 3 {
		c.Mean[i], c.Std[i] = mean[i]/255, std[i]/255
	}
	c.Why += ", divided by 255, because numbers above 1 are for samples of 0 to 255"
	return c, nil
}

// knowOrder finds out whether metadata of a BGR model give the mean in the order R, G, B
// or B, G, R, and turns it to R, G, B.
func (c *Colours) knowOrder() error {
	if c.Mean[0] == c.Mean[2] && c.Std[0] == c.Std[2] {
		return nil
	}
	reversed := [3]float32{c.Mean[2], c.Mean[1], c.Mean[0]}
	switch {
	case near(widened(c.Mean), natural, 0.01):
		return nil
	case near(widened(reversed), natural, 0.01):
		c.Mean, c.Std = reversed, [3]float32{c.Std[2], c.Std[1], c.Std[0]}
		return nil
	}
	return fmt.Errorf("the model reads BGR, and its metadata's mean %s may be in the order R,G,B or B,G,R: set --mean and --std in the order R,G,B", view.Triple(c.Mean))
}

// near reports whether two normalisations give the network nearly the same numbers.
func (c Colours) near(o Colours) bool {
	for i := range 3 {
		if math.Abs(float64(c.Mean[i]-o.Mean[i])) > 0.01 || math.Abs(float64(c.Std[i]/o.Std[i]-1)) > 0.05 {
			return false
		}
	}
	return c.BGR == o.BGR
}

func near(a, b [3]float64, tolerance float64) bool {
	for i := range 3 {
		if !(math.Abs(a[i]-b[i]) <= tolerance) {
			return false
		}
	}
	return true
}
