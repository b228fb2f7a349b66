package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/report"

	"github.com/google/renameio/v2/maybe"
)

// ReportFile is the name of the report in the folder that Fit writes.
const ReportFile = "report.html"

// ReportOptions say what to report on, and where.
type ReportOptions struct {
	Cache string // the store's file
	Head  string // the folder that Fit wrote, or the safetensors file in it
	Out   string // the HTML file; empty means [ReportFile] beside the head
}

// Report writes one HTML page about a head: what it was trained on, how the
// training went, and what it gets wrong of the validation images. It returns the
// page's file.
func Report(opt ReportOptions) (file string, err error) {
	file, err = writeReport(opt)
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	return file, nil
}

func writeReport(opt ReportOptions) (string, error) {
	trained, headPath, err := loadHead(opt.Head)
	if err != nil {
		return "", err
	}
	set, err := openDataset(opt.Cache)
	if err != nil {
		return "", err
	}
	defer set.close()
	scored, err := set.score(trained)
	if err != nil {
		return "", err
	}
	fit, err := readHistory(filepath.Join(filepath.Dir(headPath), historyFile))
	if err != nil {
		return "", err
	}
	in := &report.Input{
		Made: time.Now(), Scan: set.scan,
		Run: reportRun(fit.FitRun), Summary: fit.Summary,
		Images: scored.images, Labels: scored.labels, Logits: scored.logits, Probabilities: scored.probabilities,
	}
	for _, run := range fit.Seeds {
		in.Seeds = append(in.Seeds, reportRun(run))
	}
	if in.Facts, err = reportFacts(set, trained, headPath); err != nil {
		return "", err
	}
	if fit.TotalSeconds > 0 {
		in.Times = []report.Fact{
			{Name: "Training", Value: fmt.Sprintf("%.3f s", fit.TrainSeconds)},
			{Name: "Fit in all", Value: fmt.Sprintf("%.3f s, with reading features and writing files", fit.TotalSeconds)},
		}
	}
	in.Picture = reportPictures(set)
	out := opt.Out
	if out == "" {
		out = filepath.Join(filepath.Dir(headPath), ReportFile)
	}
	var page bytes.Buffer
	if err := report.Write(&page, in); err != nil {
		return "", err
	}
	return out, maybe.WriteFile(out, page.Bytes(), 0o644)
}

// readHistory reads what Fit wrote beside the head; a head that was copied without
// it is reported on all the same.
func readHistory(path string) (*FitResult, error) {
	fit := &FitResult{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fit, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, fit); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return fit, nil
}

func reportRun(r FitRun) report.Run {
	return report.Run{Seed: r.Seed, BestEpoch: r.BestEpoch, BestValAcc: r.BestValAcc, BestValLoss: r.BestValLoss, History: r.History}
}

// reportPictures makes evaluation views again; when the store's transform is
// another version's, each picture says so.
func reportPictures(set *dataset) func(*folder.Image) (image.Image, error) {
	source, err := newPictures(set)
	return func(img *folder.Image) (image.Image, error) {
		if err != nil {
			return nil, err
		}
		picture, err := source.decode(img)
		if err != nil {
			return nil, err
		}
		return source.eval(picture), nil
	}
}

// reportFacts says what was trained on what.
func reportFacts(set *dataset, trained *head.Head, headPath string) ([]report.Fact, error) {
	file, err := os.ReadFile(headPath)
	if err != nil {
		return nil, err
	}
	count := map[folder.Split]int{}
	for _, img := range set.scan.Images {
		count[img.Split]++
	}
	facts := []report.Fact{
		{Name: "Images", Value: fmt.Sprintf("%s: %d training × %d views, %d validation, %d unreadable",
			set.scan.Root, count[folder.Train], set.scan.Views, count[folder.Val], len(set.scan.Bad))},
		{Name: "Scanned", Value: set.scan.Time.UTC().Format("2006-01-02 15:04:05 UTC")},
		{Name: "Head", Value: fmt.Sprintf("%s, SHA-256 %x", filepath.Base(headPath), sha256.Sum256(file))},
		{Name: "Backbone", Value: fmt.Sprintf("%s, SHA-256 %x", set.space.Model, set.space.Backbone)},
		{Name: "Features", Value: fmt.Sprintf("%s, %d values; space %s; numerics %s", set.space.Feature, set.space.Width, set.space.ID(), set.space.Numerics)},
		{Name: "Transform", Value: set.space.Transform},
		{Name: "Program", Value: Build()},
	}
	told := []string{metaBackbone, metaModel, metaFeature, metaTransform, metaNumerics, "space", "metrics"}
	for _, key := range slices.Sorted(maps.Keys(trained.Meta)) {
		if key != "" && !slices.Contains(told, key) {
			name := strings.ToUpper(key[:1]) + strings.ReplaceAll(key[1:], "_", " ")
			facts = append(facts, report.Fact{Name: name, Value: plainJSON(trained.Meta[key])})
		}
	}
	return facts, nil
}

// plainJSON writes the fields of a flat JSON object as words; other text it leaves
// as it is.
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
