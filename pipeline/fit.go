package pipeline

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"featurecache/cache"
	"featurecache/head"

	"github.com/google/renameio/v2/maybe"
)

// Names of the files that Fit writes.
const (
	headFile    = "head.safetensors"
	historyFile = "history.json"
)

// FitOptions say what to train on, how, and where to put the result.
type FitOptions struct {
	Cache   string // the store's file
	Out     string // the folder for the results; made when absent
	Head    head.Options
	OnEpoch func(head.Epoch) // called after each epoch; may be nil
}

// FitResult is a finished fit, and the content of history.json.
type FitResult struct {
	Classes      []string     `json:"classes"`
	Train        int          `json:"train"` // training images
	Val          int          `json:"val"`   // validation images
	Views        int          `json:"views"` // training views an image
	Seed         uint64       `json:"seed"`
	BestEpoch    int          `json:"best_epoch"` // counted from 0
	BestValAcc   float64      `json:"best_val_acc"`
	BestValLoss  float64      `json:"best_val_loss"`
	TrainSeconds float64      `json:"train_seconds"` // training and validation alone
	TotalSeconds float64      `json:"total_seconds"` // with reading the features and writing the files
	HeadFile     string       `json:"head"`
	History      []head.Epoch `json:"history"`
}

// Fit trains a head on the features of the last extract, and writes the weights of
// the best validation epoch to head.safetensors and the course of the training to
// history.json, each file whole or not at all.
func Fit(ctx context.Context, opt FitOptions) (*FitResult, error) {
	began := time.Now()
	result, err := fit(ctx, opt, began)
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	return result, nil
}

func fit(ctx context.Context, opt FitOptions, began time.Time) (*FitResult, error) {
	set, err := openDataset(opt.Cache)
	if err != nil {
		return nil, err
	}
	defer set.close()
	train, err := set.data(cache.Train, 1, set.scan.Views)
	if err != nil {
		return nil, err
	}
	val, err := set.data(cache.Val, 0, 0)
	if err != nil {
		return nil, err
	}
	trained, err := head.Fit(ctx, train, val, len(set.scan.Classes), opt.Head, opt.OnEpoch)
	if err != nil {
		return nil, err
	}
	trained.Head.Classes = set.scan.Classes
	if trained.Head.Meta, err = metadata(set, opt.Head, trained); err != nil {
		return nil, err
	}
	result := &FitResult{
		Classes: set.scan.Classes, Train: len(train.Labels), Val: len(val.Labels), Views: set.scan.Views,
		Seed: opt.Head.Seed, BestEpoch: trained.BestEpoch, BestValAcc: trained.BestValAcc, BestValLoss: trained.BestValLoss,
		TrainSeconds: trained.TrainSeconds, HeadFile: filepath.Join(opt.Out, headFile), History: trained.History,
	}
	return result, result.write(opt.Out, trained.Head, began)
}

// write puts the files in place. TotalSeconds ends when only history.json is left
// to write.
func (r *FitResult) write(dir string, trained *head.Head, began time.Time) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := trained.Save(r.HeadFile); err != nil {
		return err
	}
	r.TotalSeconds = time.Since(began).Seconds()
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return maybe.WriteFile(filepath.Join(dir, historyFile), append(text, '\n'), 0o644)
}

// Keys of the head's metadata.
const (
	metaBackbone  = "backbone_sha256"
	metaModel     = "backbone_file"
	metaFeature   = "feature"
	metaTransform = "transform"
	metaSeed      = "view_seed"
	metaNumerics  = "numerics"
)

// metadata says what went into a head, and nothing that differs between two runs
// on the same things: the same training gives the same bytes.
func metadata(set *dataset, opt head.Options, trained *head.Result) (map[string]string, error) {
	options, err := json.Marshal(opt)
	if err != nil {
		return nil, err
	}
	metrics, err := json.Marshal(map[string]any{
		"best_epoch": trained.BestEpoch, "best_val_acc": trained.BestValAcc, "best_val_loss": trained.BestValLoss,
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{
		metaBackbone:  hex.EncodeToString(set.space.Backbone[:]),
		metaModel:     set.space.Model,
		metaFeature:   set.space.Feature,
		metaTransform: set.space.Transform,
		metaSeed:      strconv.FormatUint(set.scan.Seed, 10),
		metaNumerics:  set.space.Numerics,
		"space":       set.space.ID().String(),
		"views":       strconv.Itoa(set.scan.Views),
		"options":     string(options),
		"metrics":     string(metrics),
	}, nil
}
