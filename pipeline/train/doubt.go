package train

import (
	"context"
	"fmt"
	"math"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/dataset"
)

// The check looks at so many training images at most, and needs so many, of each class and
// in all, to say anything.
const (
	doubtMost     = 2048
	doubtPerClass = 10
	doubtLeast    = 40
	doubtFolds    = 5
)

// constantShare is the spread of features between images, as a share of their size, below
// which they are nearly constant. ResNet-18's on ants and bees have 0.67.
const constantShare = 0.001

// doubt says why the features may be useless, or is empty: they are nearly the same for
// all images, or hardly better than chance at telling the classes of training images
// apart. A first head has no other to be compared with, so nobody else would notice a
// wrong normalisation.
//
// It reads one view of a sample of the images. For the 244 of ants and bees it takes 17 to 30
// ms on two cores.
func doubt(ctx context.Context, set *dataset.Dataset, train []folder.Image) (string, error) {
	images := everyNth(train, doubtMost)
	x, err := set.Features(images, 1)
	if err != nil {
		return "", err
	}
	const causes = "look at the preprocessing (%s) with backbone inspect and preview, at --feature, and at the labels"
	preprocessing := set.Scan.Preprocessing
	if preprocessing == "" {
		preprocessing = "--mean, --std and --channels"
	}
	width := set.Provenance.Width
	if standardise(x, width) < constantShare && len(images) > 1 {
		return fmt.Sprintf("the features hardly differ between images, by less than a thousandth of their size: "+causes, preprocessing), nil
	}
	classes := len(set.Scan.Classes)
	labels := dataset.Labels(images)
	most, enough := commonest(labels, classes)
	if !enough {
		return "", nil
	}
	usual := head.DefaultOptions()
	rows, err := head.Sweep(ctx, head.CrossData{
		Train: head.Data{Views: [][]float32{x}, Labels: labels}, Folds: doubtFolds, Groups: byContent(images),
	}, classes, usual, []head.Candidate{{LR: usual.LR, Batch: usual.Batch, Views: 1}}, nil)
	if err != nil {
		return "", err
	}
	n := len(images)
	right := int(math.Round(rows[0].Acc * float64(n)))
	if chance := float64(most) / float64(n); head.Wilson(right, n).Low <= chance {
		return fmt.Sprintf("cross-validated on %d training images, the features classify %.1f %% correctly, hardly better than chance, which is %.1f %%: "+causes,
			n, 100*rows[0].Acc, 100*chance, preprocessing), nil
	}
	return "", nil
}

// everyNth returns at most so many of the images, evenly spread.
func everyNth(images []folder.Image, most int) []folder.Image {
	if len(images) <= most {
		return images
	}
	some := make([]folder.Image, most)
	for i := range some {
		some[i] = images[i*len(images)/most]
	}
	return some
}

// commonest counts the images of the commonest class. enough reports whether every class
// has enough of them for a verdict.
func commonest(labels []int32, classes int) (most int, enough bool) {
	counts := make([]int, classes)
	for _, l := range labels {
		counts[l]++
	}
	enough = len(labels) >= doubtLeast
	for _, n := range counts {
		most = max(most, n)
		enough = enough && n >= doubtPerClass
	}
	return most, enough
}

// standardise centres each feature of x [N, width] at its mean, and divides all by their
// common standard deviation, so that a head learns from them whatever their scale. It
// returns that standard deviation as a share of the features' size, their root mean square.
func standardise(x []float32, width int) (share float64) {
	means := make([]float64, width)
	n := float64(len(x) / width)
	for i, v := range x {
		means[i%width] += float64(v) / n
	}
	var spread, size float64
	for i, v := range x {
		d := float64(v) - means[i%width]
		spread += d * d
		size += float64(v) * float64(v)
	}
	if spread == 0 {
		return 0
	}
	scale := 1 / math.Sqrt(spread/float64(len(x)))
	for i, v := range x {
		x[i] = float32((float64(v) - means[i%width]) * scale)
	}
	return math.Sqrt(spread / size)
}
