package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"image"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"featurecache/cache/durable"
	"featurecache/cache/folder"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/train"
	"featurecache/pipeline/trained"
	"featurecache/pipeline/version"
)

// FileName is the name of the report in the folder that a fit writes.
const FileName = "report.html"

// Write writes the report on a head to a file: what the head was trained on, how the
// training went, and how well it classifies the validation images. Without a history,
// which may be empty, the learning curves are left out.
func Write(file string, set *dataset.Dataset, h *trained.Head, scored *dataset.Scored, history *train.Result) error {
	if err := write(file, set, h, scored, history); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func write(file string, set *dataset.Dataset, h *trained.Head, scored *dataset.Scored, history *train.Result) error {
	in := &input{
		Made: time.Now(), Scan: set.Scan, Duplicates: set.Duplicates(),
		Run: history.Run, Summary: history.Summary, Seeds: history.Seeds,
		Scored: scored, Probabilities: scored.Probabilities(),
		Picture: evaluationViews(set),
	}
	var err error
	if in.Facts, err = facts(set, h); err != nil {
		return err
	}
	if history.TotalSeconds > 0 {
		in.Times = []fact{
			{Name: "Training", Value: fmt.Sprintf("%.3f s", history.TrainSeconds)},
			{Name: "Whole fit", Value: fmt.Sprintf("%.3f s, including reading features and writing files", history.TotalSeconds)},
		}
	}
	var page bytes.Buffer
	if err := render(&page, in); err != nil {
		return err
	}
	return durable.WriteBytes(file, page.Bytes())
}

// evaluationViews returns a function that makes an image's evaluation view again. When
// another version of the program made the features, it returns that as an error.
func evaluationViews(set *dataset.Dataset) func(*folder.Image) (image.Image, error) {
	source, err := set.Pictures()
	return func(img *folder.Image) (image.Image, error) {
		if err != nil {
			return nil, err
		}
		picture, err := source.Decode(img)
		if err != nil {
			return nil, err
		}
		return source.Eval(picture), nil
	}
}

// facts lists what the head was trained on, and with which options.
func facts(set *dataset.Dataset, h *trained.Head) ([]fact, error) {
	sum, err := h.SHA256()
	if err != nil {
		return nil, err
	}
	p := set.Provenance
	count := map[folder.Split]int{}
	for _, img := range set.Scan.Images {
		count[img.Split]++
	}
	list := []fact{
		{Name: "Images", Value: fmt.Sprintf("%s: %d training × %d views, %d validation, %d unreadable",
			set.Scan.Root, count[folder.Train], set.Scan.Views, count[folder.Val], len(set.Scan.Bad))},
		{Name: "Scanned", Value: set.Scan.Time.UTC().Format("2006-01-02 15:04:05 UTC")},
		{Name: "Head", Value: fmt.Sprintf("%s, SHA-256 %x", filepath.Base(h.File), sum)},
		{Name: "Backbone", Value: fmt.Sprintf("%s, SHA-256 %x", p.Model, p.Backbone)},
		{Name: "Features", Value: fmt.Sprintf("%s, %d values; space %s; numerics %s", p.Feature, p.Width, p.ID(), p.Numerics)},
		{Name: "Transform", Value: p.Transform},
		{Name: "Preprocessing", Value: cmp.Or(set.Scan.Preprocessing, "as the transform says; an older version of the program did not record why")},
		{Name: "Program", Value: version.Line()},
	}
	// The rest of the head's metadata.
	shown := []string{"backbone_sha256", "backbone_file", "feature", "transform", "numerics", "space", "metrics"}
	for _, key := range slices.Sorted(maps.Keys(h.Meta)) {
		if key != "" && !slices.Contains(shown, key) {
			name := strings.ToUpper(key[:1]) + strings.ReplaceAll(key[1:], "_", " ")
			list = append(list, fact{Name: name, Value: plainJSON(h.Meta[key])})
		}
	}
	return list, nil
}

// plainJSON formats a flat JSON object as a list of names and values. It returns other
// text as it is.
func plainJSON(text string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return text
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if v := fields[name]; v != nil {
			words = append(words, fmt.Sprint(name, " ", v))
		}
	}
	return strings.Join(words, ", ")
}
