package extract

import (
	"time"

	"featurecache/cache"
	"featurecache/cache/folder"
)

// A result is what a worker hands to the keeper: features that it has made, or
// word of a file.
type result struct {
	keys     []cache.Key
	features []float32 // [len(keys), width], row-major

	// Without keys: the file with this index in the scan has been read, or is bad.
	image int
	bad   string // why its content can't be used
}

func (r *result) feature(i int) []float32 {
	width := len(r.features) / len(r.keys)
	return r.features[i*width : (i+1)*width]
}

// A keeper puts into the store what the workers found out, on one goroutine.
//
// The scan, which tells the next run which files need no reading, is only kept
// when a run comes to its end. Until then the keeper notes now and then which files
// have been read, so that after a kill they are not all read again.
type keeper struct {
	job    *job
	read   []folder.Image // not noted yet
	noteAt time.Time
}

// A note is written when so many files have been read, or after so long.
const (
	noteFiles = 4096
	noteEvery = 30 * time.Second
)

// run keeps results until there are no more. After an error it goes on receiving,
// so that no worker waits for ever.
func (k *keeper) run(results <-chan *result) error {
	k.noteAt = time.Now().Add(noteEvery)
	var err error
	for r := range results {
		if err == nil {
			err = k.keep(r)
		}
	}
	return err
}

func (k *keeper) keep(r *result) error {
	j := k.job
	for i, key := range r.keys {
		if err := j.writer.Put(key, r.feature(i)); err != nil {
			return err
		}
	}
	j.computed.Add(int64(len(r.keys)))
	switch {
	case len(r.keys) > 0:
		return nil
	case r.bad != "":
		return j.writer.PutBad(j.scan.Images[r.image].Content, r.bad)
	}
	k.read = append(k.read, j.scan.Images[r.image])
	if len(k.read) < noteFiles && time.Now().Before(k.noteAt) {
		return nil
	}
	return k.note()
}

// note puts the files that have been read into the store.
func (k *keeper) note() error {
	err := k.job.store.PutSeen(k.job.scan.Root, k.job.scan.Time, k.read)
	k.read, k.noteAt = k.read[:0], time.Now().Add(noteEvery)
	return err
}
