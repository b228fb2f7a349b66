package extract

import (
	"time"

	"featurecache/cache"
	"featurecache/cache/folder"
)

// A result is what a worker sends to the keeper: features, or news of a file.
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

// A keeper stores the workers' results, on one goroutine.
//
// The scan, from which the next run knows which files need not be read, is stored only at
// the end of a run. Until then the keeper records the files that have been read from time
// to time, so that a run after a kill doesn't read them all again.
type keeper struct {
	job    *job
	read   []folder.Image // not recorded yet
	noteAt time.Time
}

// The files read are recorded after this many of them, or after this time.
const (
	noteFiles = 4096
	noteEvery = 30 * time.Second
)

// run stores results until the channel is closed. After an error it continues to receive,
// so that no worker blocks for ever.
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

// note records the files that have been read in the store.
func (k *keeper) note() error {
	err := k.job.store.PutSeen(k.job.scan.Root, k.job.scan.Time, k.read)
	k.read, k.noteAt = k.read[:0], time.Now().Add(noteEvery)
	return err
}
