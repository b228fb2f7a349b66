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

	"github.com/google/renameio/v2/maybe"
)

// nightFile is the record that a run puts beside the head.
const nightFile = "run.json"

// Night is the record of a night's work that stands in its folder.
type Night struct {
	// Inputs names all that the head depends on: the images and their classes,
	// the backbone and what else shapes a feature, the options of the training and
	// the program's version. The same inputs make the same head.
	Inputs   string      `json:"inputs"`
	Version  string      `json:"version"` // of the program
	Began    time.Time   `json:"began"`
	Images   int         `json:"images"` // found, bad ones included
	Bad      int         `json:"bad"`
	Train    int         `json:"train"` // images trained on
	Val      int         `json:"val"`   // validation images
	Accuracy float64     `json:"accuracy"`
	Gate     *GateResult `json:"gate"`

	// Reference is the reference after this night, see [GateResult], and Compared
	// how many heads have been published beside it, this one included.
	Reference string `json:"reference,omitempty"`
	Compared  int    `json:"compared,omitempty"`
}

// passed says whether the gate let the night's head through.
func (n *Night) passed() bool { return n.Gate == nil || n.Gate.Passed }

func (n *Night) write(dir string) error {
	text, err := json.MarshalIndent(n, "", " ")
	if err != nil {
		return err
	}
	return maybe.WriteFile(filepath.Join(dir, nightFile), append(text, '\n'), 0o644)
}

func readNight(dir string) (*Night, error) {
	path := filepath.Join(dir, nightFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	n := &Night{}
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return n, nil
}

// inputs hashes what a head of this data set depends on. Where a file lies does not
// count, but the order of the images does, for they are met in it.
func (d *dataset) inputs(opt *FitOptions) string {
	h := sha256.New()
	id := d.space.ID()
	fmt.Fprintf(h, "featurecache inputs 1\n%x\n%d %d\n%q\n%q\n", id, d.scan.Views, d.scan.Seed, d.scan.Classes, version())
	options, _ := json.Marshal(opt.Head) // numbers and words only; one that is not finite is refused before
	fmt.Fprintf(h, "%s\n%v %d %d %d\n", options, opt.Balanced, opt.Views, opt.Seeds, opt.MaxMemory)
	entry := make([]byte, 0, 64)
	for _, img := range d.scan.Images {
		entry = append(entry[:0], img.Content[:]...)
		entry = append(entry, byte(img.Split))
		entry = binary.LittleEndian.AppendUint32(entry, uint32(img.Label))
		h.Write(entry)
	}
	return hex.EncodeToString(h.Sum(nil))
}
