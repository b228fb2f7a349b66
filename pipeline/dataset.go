package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/head"
)

// dataset is what the last extract left in a store: the images it found, and
// the space where their features are.
type dataset struct {
	store *cache.Store
	scan  *folder.Scan
	index *cache.Index
	space cache.Space
}

// openDataset opens a store for reading. The caller closes it.
func openDataset(path string) (*dataset, error) {
	store, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: cache.LockTimeout})
	if err != nil {
		if errors.Is(err, cache.ErrDamaged) {
			err = fmt.Errorf("%w; run extract again: it keeps what is whole and computes the rest", err)
		}
		return nil, err
	}
	d := &dataset{store: store}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return d, nil
}

func (d *dataset) load() error {
	space, scan, err := d.store.LastScan()
	if err != nil {
		return err
	}
	d.scan = scan
	if d.index, err = d.store.Index(space); err != nil {
		return err
	}
	d.space = d.index.Space()
	return nil
}

func (d *dataset) close() { _ = d.store.Close() } // nothing was written

// checkClasses refuses names that a head's file can't hold, and images that are not
// all there, before anything is trained on them.
func (d *dataset) checkClasses() error {
	shards := d.scan.Shards
	if missing := shards.Missing(); len(missing) > 0 {
		return fmt.Errorf("%s lacks the images of the shards %v of %d: join the other stores with 'cache merge', or extract without --shard",
			d.store.Path(), missing, shards.Count)
	}
	for _, name := range d.scan.Classes {
		if !utf8.ValidString(name) {
			return fmt.Errorf("class folder %q: the name is not UTF-8, which a head's file needs; rename the folder (to %q, say) and run extract again",
				name, strings.ToValidUTF8(name, "_"))
		}
	}
	return nil
}

// images returns the usable images of a split, in the scan's order.
func (d *dataset) images(split folder.Split) []folder.Image {
	var images []folder.Image
	for _, img := range d.scan.Images {
		if img.Split == split {
			images = append(images, img)
		}
	}
	return images
}

// some is images, or an error that says that the split has none.
func (d *dataset) some(split folder.Split) ([]folder.Image, error) {
	images := d.images(split)
	if len(images) == 0 {
		return nil, fmt.Errorf("%s has no usable %s image", d.scan.Root, split)
	}
	return images, nil
}

// labelsOf returns the images' classes.
func labelsOf(images []folder.Image) []int32 {
	labels := make([]int32, len(images))
	for i, img := range images {
		labels[i] = int32(img.Label)
	}
	return labels
}

// read fills x with one view of each image, as rows [len(images), Width].
func (d *dataset) read(images []folder.Image, view uint32, x []float32) error {
	keys := make([]cache.Key, len(images))
	for i := range images {
		keys[i] = cache.Key{Content: images[i].Content, View: view}
	}
	err := d.store.Read(d.space.ID(), keys, x)
	if errors.Is(err, cache.ErrMissing) {
		err = fmt.Errorf("%w; run extract again to fill the gap", err)
	}
	return err
}

// features reads one view of each image into a matrix [len(images), Width].
func (d *dataset) features(images []folder.Image, view uint32) ([]float32, error) {
	x := make([]float32, len(images)*d.space.Width)
	return x, d.read(images, view, x)
}

// trainData reads the training images' views 1 to views.
func (d *dataset) trainData(views int) (head.Data, error) {
	images, err := d.some(folder.Train)
	if err != nil {
		return head.Data{}, err
	}
	data := head.Data{Labels: labelsOf(images)}
	for v := range views {
		x, err := d.features(images, uint32(v+1))
		if err != nil {
			return head.Data{}, err
		}
		data.Views = append(data.Views, x)
	}
	return data, nil
}

// valData reads the validation images' evaluation view.
func (d *dataset) valData() (head.Data, error) {
	images, err := d.some(folder.Val)
	if err != nil {
		return head.Data{}, err
	}
	x, err := d.features(images, 0)
	return head.Data{Views: [][]float32{x}, Labels: labelsOf(images)}, err
}
