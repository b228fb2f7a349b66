// Package report writes the report on a trained head: [Write] makes one HTML page from an
// open data set and a scored head. The page loads nothing from elsewhere and needs no
// script: it can be read in ten years, on a phone, on paper and by a screen reader. Below
// each plot is a table of its figures.
package report

import (
	"embed"
	"html/template"
	"image"
	"io"
	"time"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/train"
)

// fact is a line of a list.
type fact struct{ Name, Value string }

// input is everything that goes into a report.
type input struct {
	Made  time.Time
	Scan  *folder.Scan // the data set; its classes are the head's
	Facts []fact       // files, hashes, options and versions
	// Duplicates are images of the data set with the same bytes.
	Duplicates *folder.Duplicates
	Times      []fact

	Run     train.Run     // the training of the head
	Seeds   []train.Run   // the training of every seed's head, when there were several
	Summary *head.Summary // of Seeds

	*dataset.Scored           // the head on the validation images
	Probabilities   []float32 // [N,C]
	// Picture returns the pixels of an image as the network saw them.
	Picture func(img *folder.Image) (image.Image, error)
}

//go:embed templates
var files embed.FS

// page is the template's data.
type page struct {
	*input
	Style   template.CSS
	Train   int
	Counts  table
	Same    []table // images in both splits, and under two labels
	Metrics *head.Metrics
	Tiles   []figure // at the top

	Curves    []chart
	SeedTable *table
	Confusion confusion
	Classes   table  // the worst classes, or all of them
	Others    *table // the rest
	Ranking   []chart
	Operating []operating
	Calibrate chart

	Wrong, Unsure []picture
	WrongInAll    int
	Bad, Ignored  *table
}

// figure is a number in a tile, and its range.
type figure struct{ Name, Value, Range string }

// render writes the page.
func render(w io.Writer, in *input) error {
	style, err := files.ReadFile("templates/style.css")
	if err != nil {
		return err
	}
	parsed, err := template.New("").Funcs(template.FuncMap{"percent": percent}).ParseFS(files, "templates/*.html")
	if err != nil {
		return err
	}
	m, err := head.Measure(in.Logits, in.Labels, len(in.Scan.Classes))
	if err != nil {
		return err
	}
	p := &page{input: in, Style: template.CSS(style), Metrics: m, Tiles: tiles(in, m)}
	p.Counts, p.Train = counts(in)
	p.Same = duplicates(in.Duplicates)
	if len(in.Run.History) > 0 {
		p.Curves = learningCurves(in)
	}
	p.SeedTable = seedTable(in)
	if p.Confusion, err = newConfusion(in.Scan.Classes, m); err != nil {
		return err
	}
	p.Classes, p.Others = classTables(in.Scan.Classes, m)
	classes := plotted(m)
	p.Ranking = rankingCurves(in, classes)
	p.Operating = operatingPoints(in, classes)
	p.Calibrate = calibration(m)
	p.Wrong, p.Unsure, p.WrongInAll = pictures(in)
	p.Bad, p.Ignored = badFiles(in.Scan)
	return parsed.ExecuteTemplate(w, "page.html", p)
}
