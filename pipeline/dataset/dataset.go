// Package dataset reads the last extract's data set from a store: [Open] opens it. It holds
// the images that the extract found, and gives their features as matrices.
// [Dataset.Score] has a head classify the validation images.
package dataset

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract"
	"featurecache/head"
)

// maxRows is the number of features in memory at a time when they are read in blocks.
const maxRows = 4096

// Dataset is a store's last scan, open for reading.
type Dataset struct {
	Scan       *folder.Scan
	Provenance extract.Provenance // of the scan's features
	store      *cache.Store
	index      *cache.Index
	duplicates *folder.Duplicates // nil until they are needed
}

// Open opens a store's last scan. No extract can change the store until the caller closes
// the data set. Errors wrap those of [cache.Open] and [cache.Store.LastScan].
func Open(path string) (*Dataset, error) {
	store, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: cache.LockTimeout})
	if err != nil {
		if errors.Is(err, cache.ErrDamaged) {
			err = fmt.Errorf("%w; run extract again: it keeps what is whole and computes the rest", err)
		}
		return nil, err
	}
	d := &Dataset{store: store}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return d, nil
}

func (d *Dataset) load() error {
	var err error
	var space cache.SpaceID
	if space, d.Scan, err = d.store.LastScan(); err != nil {
		return err
	}
	if d.index, err = d.store.Index(space); err != nil {
		return err
	}
	d.Provenance = extract.Provenance{Space: d.index.Space(), ViewSeed: d.Scan.Seed}
	return nil
}

// Close closes the store, so that others can write to it.
func (d *Dataset) Close() { _ = d.store.Close() } // nothing was written

// CheckComplete returns an error if the store lacks shards of the image folder, or if a
// class has a name that a head's file can't hold.
func (d *Dataset) CheckComplete() error {
	shards := d.Scan.Shards
	if missing := shards.Missing(); len(missing) > 0 {
		return fmt.Errorf("%s lacks the images of the shards %v of %d: add the other stores with 'cache merge', or extract without --shard",
			d.store.Path(), missing, shards.Count)
	}
	for _, name := range d.Scan.Classes {
		if !utf8.ValidString(name) {
			return fmt.Errorf("class folder %q: the name is not UTF-8, which a head's file needs; rename the folder (to %q, say) and run extract again",
				name, strings.ToValidUTF8(name, "_"))
		}
	}
	return nil
}

// Images returns the usable images of a split, in the scan's order. It is an error if there
// are none.
func (d *Dataset) Images(split folder.Split) ([]folder.Image, error) {
	var images []folder.Image
	for _, img := range d.Scan.Images {
		if img.Split == split {
			images = append(images, img)
		}
	}
	if len(images) == 0 {
		return nil, fmt.Errorf("%s has no usable %s image", d.Scan.Root, split)
	}
	return images, nil
}

// Duplicates returns the usable images with the same bytes. It is for one goroutine.
func (d *Dataset) Duplicates() *folder.Duplicates {
	if d.duplicates == nil {
		d.duplicates = folder.FindDuplicates(d.Scan.Images)
	}
	return d.duplicates
}

// Labels returns the images' classes [len(images)], as indices into the scan's classes.
func Labels(images []folder.Image) []int32 {
	labels := make([]int32, len(images))
	for i, img := range images {
		labels[i] = int32(img.Label)
	}
	return labels
}

// Has reports whether the store has this view of every image.
func (d *Dataset) Has(images []folder.Image, view uint32) bool {
	for i := range images {
		if !d.index.Has(cache.Key{Content: images[i].Content, View: view}) {
			return false
		}
	}
	return true
}

// Read fills x [len(images), D] with one view of each image.
func (d *Dataset) Read(images []folder.Image, view uint32, x []float32) error {
	keys := make([]cache.Key, len(images))
	for i := range images {
		keys[i] = cache.Key{Content: images[i].Content, View: view}
	}
	return d.read(keys, x)
}

func (d *Dataset) read(keys []cache.Key, x []float32) error {
	err := d.store.Read(d.Provenance.ID(), keys, x)
	if errors.Is(err, cache.ErrMissing) {
		err = fmt.Errorf("%w; run extract again to compute it", err)
	}
	return err
}

// Release returns the memory of the pages read so far to the system.
func (d *Dataset) Release() error { return d.store.Release() }

// Features reads one view of each image into a new matrix [len(images), D].
func (d *Dataset) Features(images []folder.Image, view uint32) ([]float32, error) {
	x := make([]float32, len(images)*d.Provenance.Width)
	return x, d.Read(images, view, x)
}

// TrainData reads views 1 to views of the training images.
func (d *Dataset) TrainData(views int) (head.Data, error) {
	images, err := d.Images(folder.Train)
	if err != nil {
		return head.Data{}, err
	}
	data := head.Data{Labels: Labels(images)}
	for v := range views {
		x, err := d.Features(images, uint32(v+1))
		if err != nil {
			return head.Data{}, err
		}
		data.Views = append(data.Views, x)
	}
	return data, nil
}

// ValData reads the evaluation view of the validation images.
func (d *Dataset) ValData() (head.Data, error) {
	images, err := d.Images(folder.Val)
	if err != nil {
		return head.Data{}, err
	}
	x, err := d.Features(images, 0)
	return head.Data{Views: [][]float32{x}, Labels: Labels(images)}, err
}

// Row is one view of an image, a row of a feature matrix.
type Row struct {
	Image *folder.Image
	View  uint32
}

// Rows lists all features of the scan in its order: every training view of each training
// image, and the evaluation view of each validation image.
func (d *Dataset) Rows() []Row {
	var rows []Row
	for i := range d.Scan.Images {
		img := &d.Scan.Images[i]
		first, last := img.Split.Views(d.Scan.Views)
		for v := first; v <= last; v++ {
			rows = append(rows, Row{img, v})
		}
	}
	return rows
}

// EachBlock calls f for consecutive blocks of rows with their features x [len(rows), D],
// which are valid during the call. Memory does not grow with the number of rows.
func (d *Dataset) EachBlock(ctx context.Context, rows []Row, f func(rows []Row, x []float32) error) error {
	width := d.Provenance.Width
	x := make([]float32, min(len(rows), maxRows)*width)
	keys := make([]cache.Key, 0, maxRows)
	for len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(rows), maxRows)
		keys = keys[:0]
		for _, r := range rows[:n] {
			keys = append(keys, cache.Key{Content: r.Image.Content, View: r.View})
		}
		if err := d.read(keys, x[:n*width]); err != nil {
			return err
		}
		if err := f(rows[:n], x[:n*width]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// EachEvaluated calls f for blocks of the images whose evaluation view is stored in a
// feature space, which need not be the scan's. It passes their indices in images and their
// features x [len(indices), D]. If the store lacks the space, f is not called.
func (d *Dataset) EachEvaluated(id cache.SpaceID, images []folder.Image, f func(indices []int, x []float32) error) error {
	index, err := d.store.Index(id)
	if errors.Is(err, cache.ErrNoSpace) {
		return nil
	}
	if err != nil {
		return err
	}
	var keys []cache.Key
	var indices []int
	for i, img := range images {
		if k := (cache.Key{Content: img.Content}); index.Has(k) {
			keys, indices = append(keys, k), append(indices, i)
		}
	}
	width := index.Space().Width
	x := make([]float32, min(maxRows, len(keys))*width)
	for len(keys) > 0 {
		n := min(maxRows, len(keys))
		if err := d.store.Read(id, keys[:n], x[:n*width]); err != nil {
			return err
		}
		if err := f(indices[:n], x[:n*width]); err != nil {
			return err
		}
		keys, indices = keys[n:], indices[n:]
	}
	return nil
}
