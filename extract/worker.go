package extract

import (
	"crypto/sha256"
	"errors"
	"path/filepath"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract/view"
)

// worker computes views, one image after another. It decodes and runs the backbone on the
// same goroutine, so with one worker per core no core waits.
type worker struct {
	job     *job
	results chan<- *result
	files   fileReader
	batch   *batch[cache.Key] // nil until an image needs the backbone
}

func newWorker(j *job, results chan<- *result) *worker {
	return &worker{job: j, results: results}
}

func (w *worker) run(images <-chan int) error {
	for i := range images {
		if err := w.image(i); err != nil {
			return err
		}
		w.job.done.Add(1)
	}
	if w.batch != nil {
		w.batch.flush()
	}
	return nil
}

// image does all the work on one image: it reads, hashes and decodes the file and computes
// each missing view. An image that can't be used is recorded and skipped; an error that
// image returns ends the run.
func (w *worker) image(i int) error {
	j, img := w.job, &w.job.scan.Images[i]
	data, info, err := w.files.read(filepath.Join(j.scan.Root, img.Path))
	if err != nil {
		img.Stamp, img.Content = folder.Stamp{}, folder.Content{}
		j.unread.Store(i, reason(err))
		j.bad.Add(1)
		return nil
	}
	content := folder.Content(sha256.Sum256(data))
	img.Content = content
	if !sameFile(img.Stamp, info) {
		img.Stamp = folder.Stamp{} // the file has changed since the scan: this stamp matches no file
	}
	w.results <- &result{image: i}
	if _, ok := j.index.Bad(content); ok {
		j.bad.Add(1)
		return nil
	}
	missing := j.missing(content, img.Split)
	if len(missing) == 0 {
		return nil
	}
	if _, taken := j.claimed.LoadOrStore(claim{content, img.Split}, struct{}{}); taken {
		return nil
	}
	picture, err := w.files.Decode(data, j.transform.Decode)
	if err != nil {
		j.bad.Add(1)
		w.results <- &result{image: i, bad: reason(err)}
		return nil
	}
	return w.views(content, picture, missing)
}

// views computes the given views of a picture.
func (w *worker) views(content folder.Content, picture *view.Image, numbers []uint32) error {
	if w.batch == nil {
		net, err := w.job.compile()
		if err != nil {
			return err
		}
		w.batch = newBatch(net, w.job.transform, w.job.opt.Batch, w.send)
	}
	for _, v := range numbers {
		key := cache.Key{Content: content, View: v}
		w.batch.add(key, viewOf(picture, w.job.opt.Seed, key))
	}
	return nil
}

// send passes features on, except those that are not finite. Their image is refused, by
// this run only: another run computes them again.
func (w *worker) send(keys []cache.Key, features []float32) {
	width := len(features) / len(keys)
	r := &result{}
	for i, key := range keys {
		feature := features[i*width : (i+1)*width]
		if isFinite(feature) {
			r.keys, r.features = append(r.keys, key), append(r.features, feature...)
			continue
		}
		if _, before := w.job.refused.LoadOrStore(key.Content, errNotFinite.Error()); !before {
			w.job.bad.Add(1)
		}
	}
	if len(r.keys) > 0 {
		w.results <- r
	}
}

var errNotFinite = errors.New("the network computes NaN or infinity for it: check --mean, --std and --feature with backbone inspect, or the model's weights are damaged")

func isFinite(feature []float32) bool {
	for _, v := range feature {
		if v-v != 0 {
			return false
		}
	}
	return true
}
