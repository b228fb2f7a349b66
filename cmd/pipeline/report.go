package main

import (
	"fmt"
	"path/filepath"

	"featurecache/pipeline/dataset"
	"featurecache/pipeline/report"
	"featurecache/pipeline/train"
	"featurecache/pipeline/trained"
)

type reportCmd struct {
	Cache string `required:"" placeholder:"FILE" help:"Feature store that the head was trained on."`
	Head  string `required:"" placeholder:"DIR" help:"Folder that fit wrote, or a head.safetensors in it."`
	HTML  string `name:"html" placeholder:"FILE" help:"HTML file to write; by default report.html beside the head."`
}

func (*reportCmd) Help() string {
	return `Example:
  pipeline report --cache features.db --head head

Writes one self-contained page: what the head was trained on, learning curves, confusion matrix, classes, ROC and precision-recall curves, thresholds, calibration, and the images that it got wrong or was least sure of. It runs no backbone.

Exit status: 0 done; 1 failed; 2 wrong usage; 75 another run holds the store.`
}

// Run runs the command.
func (c *reportCmd) Run(con console) error {
	set, err := dataset.Open(c.Cache)
	if err != nil {
		return err
	}
	defer set.Close()
	h, err := trained.Load(c.Head)
	if err != nil {
		return err
	}
	scored, err := set.Score(h)
	if err != nil {
		return err
	}
	history, err := train.ReadHistory(h)
	if err != nil {
		return err
	}
	file := c.HTML
	if file == "" {
		file = filepath.Join(filepath.Dir(h.File), report.FileName)
	}
	if err := report.Write(file, set, h, scored, history); err != nil {
		return err
	}
	fmt.Fprintln(con.stdout, "wrote", file)
	return nil
}
