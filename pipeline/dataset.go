package pipeline

import (
	"errors"
	"fmt"
	"time"

	"featurecache/cache"
	"featurecache/head"
)

// lockTimeout is how long a reader waits for an extraction to end.
const lockTimeout = 5 * time.Second

// dataset is what the last extract left in a store: the images it found, and
// the space where their features are.
type dataset struct {
	store *cache.Store
	scan  *cache.Scan
	space cache.Space
}

// openDataset opens a store for reading. The caller closes it.
func openDataset(path string) (*dataset, error) {
	store, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: lockTimeout})
	if err != nil {
		if errors.Is(err, cache.ErrDamaged) {
			err = fmt.Errorf("%w; run extract again: it sets the store aside and computes a new one", err)
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
	var err error
	if d.scan, err = d.store.LastScan(); err != nil {
		return err
	}
	index, err := d.store.Index(d.scan.Space)
	if err != nil {
		return err
	}
	d.space = index.Space()
	return nil
}

func (d *dataset) close() { _ = d.store.Close() } // nothing was written

// images returns the usable images of a split, in the scan's order.
func (d *dataset) images(split cache.Split) []cache.Image {
	var images []cache.Image
	for _, img := range d.scan.Images {
		if img.Split == split {
			images = append(images, img)
		}
	}
	return images
}

// features reads one view of each image into a matrix [len(images), Width].
func (d *dataset) features(images []cache.Image, view uint32) ([]float32, error) {
	keys := make([]cache.Key, len(images))
	for i := range images {
		keys[i] = cache.Key{Content: images[i].Content, View: view}
	}
	x := make([]float32, len(images)*d.space.Width)
	if err := d.store.Read(d.scan.Space, keys, x); err != nil {
		if errors.Is(err, cache.ErrMissing) {
			err = fmt.Errorf("%w; run extract again to fill the gap", err)
		}
		return nil, err
	}
	return x, nil
}

// data reads the views first to last of a split's images.
func (d *dataset) data(split cache.Split, first, last int) (head.Data, error) {
	images := d.images(split)
	if len(images) == 0 {
		return head.Data{}, fmt.Errorf("%s has no usable %s image", d.scan.Root, split)
	}
	data := head.Data{Labels: make([]int32, len(images))}
	for i, img := range images {
		data.Labels[i] = int32(img.Label)
	}
	for v := first; v <= last; v++ {
		x, err := d.features(images, uint32(v))
		if err != nil {
			return head.Data{}, err
		}
		data.Views = append(data.Views, x)
	}
	return data, nil
}
