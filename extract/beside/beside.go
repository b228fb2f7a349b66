// Package beside reads how images are to be prepared for a model from the files that lie
// beside it: the preprocessor_config.json of transformers, and the config.json of timm.
// [Read] finds and reads them.
package beside

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"featurecache/extract/view"
)

// The names of the files. Where both say something, the first decides.
const (
	transformersFile = "preprocessor_config.json"
	timmFile         = "config.json"
)

// Settings are what a file says of a model's images.
type Settings struct {
	File          string // its name, without the folder
	Size          int    // side of the image that the network sees, in pixels
	Interpolation view.Interpolation
	Evaluation    view.Evaluation // for views of that size
	// Mean and Std normalise a sample p of 0 to 255 as (p/255 − Mean)/Std, in the order
	// red, green, blue.
	Mean, Std [3]float32
	BGR       bool   // the network's first channel is blue
	Doubt     string // what another file says against it; "" if nothing
}

// A FieldError is a file that can't be used, and the field that it is about.
type FieldError struct {
	File   string // its path
	Field  string // "" if it is about the whole file
	Reason string
}

// Error says which file, which field, and why.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s: %s", e.File, e.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", e.File, e.Field, e.Reason)
}

// Read reads what the files beside a model say of its images, or those in the folder above
// if the model's is called onnx, as transformers' models are published. It returns nil if
// there is no such file, or none that is about images. The error is a [*FieldError] if a file says
// what can't be understood or what this program can't do.
func Read(model string) (*Settings, error) {
	dir := filepath.Dir(model)
	said, err := readFolder(dir)
	if said == nil && err == nil && filepath.Base(dir) == "onnx" {
		return readFolder(filepath.Dir(dir))
	}
	return said, err
}

func readFolder(dir string) (*Settings, error) {
	first, err := readFile(filepath.Join(dir, transformersFile), parseTransformers)
	if err != nil {
		return nil, err
	}
	second, err := readFile(filepath.Join(dir, timmFile), parseTimmConfig)
	switch {
	case first == nil:
		return second, err
	case err != nil:
		first.Doubt = "another file can't be read: " + err.Error()
	case second != nil && !first.agrees(second):
		first.Doubt = fmt.Sprintf("%s says otherwise: %s", timmFile, second)
	}
	return first, nil
}

// maxFile is far more than such a file has, even with the names of many classes.
const maxFile = 16 << 20

// readFile reads and parses one file. It returns nil if there is no such file.
func readFile(path string, parse func(*object) (*Settings, error)) (*Settings, error) {
	stat, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && !stat.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if filepath.Base(path) == timmFile && !bytes.Contains(data, []byte(timmMark)) && !json.Valid(data) {
		return nil, nil // another program's
	}
	s, err := parseFile(data, parse)
	var field *FieldError
	if errors.As(err, &field) {
		field.File = path
	}
	if s != nil {
		s.File = filepath.Base(path)
	}
	return s, err
}

func parseFile(data []byte, parse func(*object) (*Settings, error)) (*Settings, error) {
	if len(data) > maxFile {
		return nil, &FieldError{Reason: fmt.Sprintf("it is larger than %d MiB", maxFile>>20)}
	}
	o, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	s, err := parse(o)
	if s == nil || err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// maxSide is the longest side of a view that is plausible, and of the resized image.
const maxSide = 8192

// check refuses settings that no view can be made with.
func (s *Settings) check() error {
	for c := range 3 {
		if m, d := s.Mean[c], s.Std[c]; m-m != 0 || d-d != 0 || !(d > 0) {
			return &FieldError{Reason: fmt.Sprintf("mean %s and standard deviation %s: want finite numbers, and the second more than 0", view.Triple(s.Mean), view.Triple(s.Std))}
		}
	}
	if s.BGR && (s.Mean[0] != s.Mean[2] || s.Std[0] != s.Std[2]) {
		return &FieldError{Field: "do_flip_channel_order", Reason: "true with different means for red and blue, whose order is then not clear"}
	}
	if s.Size > maxSide || s.Evaluation.Resize > maxSide {
		return &FieldError{Reason: fmt.Sprintf("views of %d from images resized to %d: want at most %d", s.Size, s.Evaluation.Resize, maxSide)}
	}
	if s.Evaluation.Resize < s.Size {
		return &FieldError{Reason: fmt.Sprintf("images resized to %d are smaller than the views of %d that are cut out of them", s.Evaluation.Resize, s.Size)}
	}
	return nil
}

// agrees reports whether both make nearly the same image. They may round the position of
// the crop differently, as the libraries do.
func (s *Settings) agrees(o *Settings) bool {
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 }
	for c := range 3 {
		if !near(s.Mean[c], o.Mean[c]) || !near(s.Std[c], o.Std[c]) {
			return false
		}
	}
	a, b := s.Evaluation, o.Evaluation
	a.RoundDown = b.RoundDown
	return a == b && s.Size == o.Size && s.Interpolation == o.Interpolation && s.BGR == o.BGR
}

// String is all that is said, in one line.
func (s *Settings) String() string {
	return fmt.Sprintf("%s, mean %s, std %s", s.Framing(), view.Triple(s.Mean), view.Triple(s.Std))
}

// Framing is what is said of sizes, in words.
func (s *Settings) Framing() string {
	by := ""
	if s.Evaluation.Squash {
		by = " by squashing"
	}
	return fmt.Sprintf("views of %d, %v, resize to %d%s", s.Size, s.Interpolation, s.Evaluation.Resize, by)
}
