package extract

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract/view"
)

// remake computes stored features again, from the images where the scan found them. It
// calls each for every key, from one goroutine at a time: with the feature [Width], valid
// during the call, or with the reason why the image can't be read any more. Keys must
// belong to the scan's images, with the keys of an image adjacent.
func remake(ctx context.Context, network *Network, scan *folder.Scan, keys []cache.Key, workers int,
	each func(key cache.Key, feature []float32, err error) error) error {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	r := &remaker{scan: scan, Network: network, each: each, paths: make(map[folder.Content]string, len(scan.Images))}
	for _, img := range scan.Images {
		r.paths[img.Content] = img.Path
	}
	group, ctx := errgroup.WithContext(ctx)
	images := make(chan []cache.Key)
	group.Go(func() error {
		defer close(images)
		for len(keys) > 0 {
			n := 1
			for n < len(keys) && keys[n].Content == keys[0].Content {
				n++
			}
			select {
			case images <- keys[:n]:
			case <-ctx.Done():
				return ctx.Err()
			}
			keys = keys[n:]
		}
		return nil
	})
	for range workers {
		group.Go(func() error { return r.work(images) })
	}
	return group.Wait()
}

// A remaker is a run of [remake].
type remaker struct {
	*Network
	scan  *folder.Scan
	paths map[folder.Content]string

	mu   sync.Mutex // held while each runs
	each func(cache.Key, []float32, error) error
}

func (r *remaker) tell(key cache.Key, feature []float32, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.each(key, feature, err)
}

// work computes the views of images, one image after another.
func (r *remaker) work(images <-chan []cache.Key) error {
	var files fileReader
	var failed error
	b := newBatch(r.Net, r.Transform, DefaultBatch, func(keys []cache.Key, features []float32) {
		width := len(features) / len(keys)
		for i, key := range keys {
			if failed == nil {
				failed = r.tell(key, features[i*width:][:width], nil)
			}
		}
	})
	for keys := range images {
		picture, err := r.read(keys[0].Content, &files)
		for _, key := range keys {
			if err != nil {
				if err := r.tell(key, nil, err); err != nil {
					return err
				}
				continue
			}
			b.add(key, viewOf(picture, r.scan.Seed, key))
		}
		if failed != nil {
			return failed
		}
	}
	b.flush()
	return failed
}

// read decodes an image if its content has not changed.
func (r *remaker) read(content folder.Content, files *fileReader) (*view.Image, error) {
	path, ok := r.paths[content]
	if !ok {
		return nil, errors.New("no file of the last extract has this content")
	}
	return files.unchanged(r.scan.Root, path, content, r.Transform.Decode)
}
