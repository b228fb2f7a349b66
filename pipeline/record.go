package pipeline

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"featurecache/cache/durable"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/gate"
	"featurecache/pipeline/train"
	"featurecache/pipeline/version"
)

// recordFile is the name of a run's record, beside the head.
const recordFile = "run.json"

// Record describes a run. It is stored in the run's folder.
type Record struct {
	// Inputs is the hash of everything that the head depends on: the images and their
	// classes, the backbone and whatever else shapes a feature, the training options and
	// the program's version. The same inputs make the same head.
	Inputs   string       `json:"inputs"`
	Version  string       `json:"version"` // of the program
	Began    time.Time    `json:"began"`
	Images   int          `json:"images"` // found, bad ones included
	Bad      int          `json:"bad"`
	Train    int          `json:"train"` // images trained on
	Val      int          `json:"val"`   // validation images
	Accuracy float64      `json:"accuracy"`
	Gate     *gate.Result `json:"gate"`

	// Reference is the folder of the reference after this run, see [gate.Result]. Compared
	// is the number of heads published beside that reference, this one included.
	Reference string `json:"reference,omitempty"`
	Compared  int    `json:"compared,omitempty"`
}

// passed reports whether the head passed the gate.
func (r *Record) passed() bool { return r.Gate == nil || r.Gate.Passed }

func (r *Record) write(dir string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return durable.WriteBytes(filepath.Join(dir, recordFile), append(text, '\n'))
}

func readRecord(dir string) (*Record, error) {
	path := filepath.Join(dir, recordFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &Record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

// inputs hashes what a head of this data set depends on. Paths do not count. The order of
// the images does, because it is the order of training.
func inputs(set *dataset.Dataset, opt *train.Options) string {
	h := sha256.New()
	id := set.Provenance.ID()
	fmt.Fprintf(h, "featurecache inputs 1\n%x\n%d %d\n%q\n%q\n", id, set.Scan.Views, set.Scan.Seed, set.Scan.Classes, version.Name())
	options, _ := json.Marshal(opt.Head) // never fails: numbers that are not finite were refused before
	fmt.Fprintf(h, "%s\n%v %d %d %d\n", options, opt.Balanced, opt.Views, opt.Seeds, opt.MaxMemory)
	entry := make([]byte, 0, 64)
	for _, img := range set.Scan.Images {
		entry = append(entry[:0], img.Content[:]...)
		entry = append(entry, byte(img.Split))
		entry = binary.LittleEndian.AppendUint32(entry, uint32(img.Label))
		h.Write(entry)
	}
	return hex.EncodeToString(h.Sum(nil))
}
