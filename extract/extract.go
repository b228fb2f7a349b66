// Package extract is stage one: it runs a frozen backbone once per augmented view of
// every image in a folder, and stores the features.
//
// [Run] does all of it: it scans the folder and finds the views that the store lacks. For
// each image that lacks some, it reads, hashes and decodes the file, crops and resizes,
// runs the backbone and stores the features. A stored view is never computed again, even
// if its file is renamed or moved. [Evaluator] computes the features of single files, and
// [Verify] checks a store.
package extract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"featurecache/cache"
	"featurecache/cache/folder"
	"featurecache/extract/backbone/graph"
	"featurecache/extract/imagefolder"
	"featurecache/extract/view"
)

// ErrTooManyBad is returned when the share of unreadable images exceeds MaxBad. The
// features of the readable ones have been stored.
var ErrTooManyBad = errors.New("too many unreadable images")

// Options say what to extract, from where, to where.
type Options struct {
	Data     string // the image folder: Data/train/CLASS/… and Data/val/CLASS/…
	Backbone string // the ONNX model's file
	Cache    string // the store's file; made when absent

	Feature       string               // the tensor to take as features, see [graph.Options]
	Preprocessing PreprocessingOptions // how views are made; zero: as [PreprocessingOf] finds out

	Views           int      // training views per image, at least 1: views 1…Views
	Seed            uint64   // shapes the random crops and flips
	Extensions      []string // file extensions to take besides torchvision's, see [imagefolder.Options]
	ExifOrientation bool     // turn photos upright by their EXIF tag or XMP; torchvision doesn't
	MaxBad          float64  // the largest share of unreadable images to accept, 0–1

	Shard    Shard          // the shard of the images to take; the zero value takes all
	Workers  int            // goroutines that decode and compute; 0: one per core
	Batch    int            // views per forward pass; 0: [DefaultBatch]. No bit of a feature depends on it.
	Progress func(Progress) // called about ten times a second from one goroutine; may be nil
	Log      *slog.Logger   // notes and warnings; nil: none
}

// Summary is what a run did.
type Summary struct {
	Images   int       `json:"images"`    // image files found, bad ones included
	Bad      int       `json:"bad"`       // of them, those that could not be read
	Views    int       `json:"views"`     // views of all readable images
	Computed int       `json:"computed"`  // of them, those computed by this run
	Reused   int       `json:"reused"`    // of them, those that needed no computing
	Seconds  float64   `json:"seconds"`   // wall time
	BadFiles []BadFile `json:"bad_files"` // the bad images in the scan's order
	Space    string    `json:"space"`     // the feature space, as cache ls names it
	// Duplicates are readable images with the same bytes: of a shard, those in the shard.
	Duplicates *folder.Duplicates `json:"duplicates"`
}

// BadFile is an image file that could not be used.
type BadFile struct {
	Path   string `json:"path"` // relative to the folder, with slashes
	Reason string `json:"reason"`
}

// Progress is the progress of a run.
type Progress struct {
	Images, Total int // images finished, and all images
	Bad           int // finished images that are bad
	Computed      int // views computed so far
}

// Run extracts what the store lacks. If ctx ends early, the features computed so far are
// kept, and the error wraps ctx's. With [ErrTooManyBad] the summary is returned too. A
// damaged store is repaired, see [Mend], and lost features are computed again.
func Run(ctx context.Context, opt Options) (*Summary, error) {
	began := time.Now()
	summary, err := run(ctx, opt, began)
	if errors.Is(err, cache.ErrDamaged) {
		if err = Mend(ctx, opt, err); err == nil {
			summary, err = run(ctx, opt, began)
		}
	}
	if summary != nil {
		summary.Seconds = time.Since(began).Seconds()
	}
	if err != nil {
		err = fmt.Errorf("extract: %w", err)
	}
	return summary, err
}

// Mend replaces a damaged store by a new one with the intact parts of the old, see
// [cache.Salvage]. It logs a warning that says what is damaged.
func Mend(ctx context.Context, opt Options, damage error) error {
	salvaged, err := cache.Salvage(ctx, opt.Cache)
	if err != nil {
		return errors.Join(damage, err)
	}
	if opt.Log != nil {
		opt.Log.Warn("the damaged store has been set aside; its intact features are kept, and the rest is computed again",
			"kept_as", salvaged.Aside, "features_kept", salvaged.Features, "cause", damage)
	}
	return nil
}

// run is Run without the repair.
func run(ctx context.Context, opt Options, began time.Time) (*Summary, error) {
	if opt.Views < 1 {
		return nil, fmt.Errorf("views %d: want at least 1", opt.Views)
	}
	if err := opt.Shard.validate(); err != nil {
		return nil, err
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	scan, model, err := load(ctx, opt)
	if err != nil {
		return nil, err
	}
	logScan(opt, scan)
	scan.Time, scan.Views, scan.Seed = began, opt.Views, opt.Seed
	opt.Shard.cut(scan)
	preprocessing, err := PreprocessingOf(model, opt.Backbone, opt.Preprocessing)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", opt.Backbone, err)
	}
	opt.Log.Info("preprocessing", "framing", preprocessing.Framing.String(), "colours", preprocessing.Colours.String())
	if doubt := preprocessing.Doubt(); doubt != "" {
		opt.Log.Warn("the preprocessing may be wrong: " + doubt)
	}
	if model.Note != "" {
		opt.Log.Warn(model.Note)
	}
	scan.Preprocessing = preprocessing.String()
	transform := preprocessing.transform(view.DecodeOptions{ExifOrientation: opt.ExifOrientation})
	store, err := cache.Open(opt.Cache, cache.Options{Timeout: cache.LockTimeout})
	if err != nil {
		return nil, err
	}
	summary, err := extractInto(ctx, store, opt, scan, model, transform)
	if closed := store.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	if err := CheckBad(summary.Bad, summary.Images, opt.MaxBad); err != nil {
		return summary, err
	}
	return summary, nil
}

// load scans the folder and reads the model at the same time.
func load(ctx context.Context, opt Options) (scan *folder.Scan, model *graph.Graph, err error) {
	loaded := make(chan error, 1)
	go func() {
		var err error
		model, err = graph.Load(opt.Backbone, ModelOptions(opt.Backbone, opt.Feature, opt.Preprocessing.Framing.Size))
		loaded <- err
	}()
	scan, scanErr := imagefolder.Scan(ctx, opt.Data, imagefolder.Options{Extensions: opt.Extensions})
	loadErr := <-loaded
	return scan, model, cmp.Or(explainNoImages(opt.Data, scanErr), loadErr)
}

// extractInto does the work once everything is open.
func extractInto(ctx context.Context, store *cache.Store, opt Options, scan *folder.Scan,
	model *graph.Graph, transform view.Transform) (*Summary, error) {
	job, err := newJob(store, opt, scan, model, transform)
	if err != nil {
		return nil, err
	}
	if err := job.run(ctx); err != nil {
		return nil, err
	}
	summary := job.outcome()
	return summary, store.PutScan(job.space.ID(), job.scan)
}

// CheckBad returns [ErrTooManyBad], wrapped, when more than the share maxBad of the
// images was bad.
func CheckBad(bad, images int, maxBad float64) error {
	if float64(bad) <= maxBad*float64(images) {
		return nil
	}
	return fmt.Errorf("%d of %d images: %w (--max-bad allows a share of %g); the others were used",
		bad, images, ErrTooManyBad, maxBad)
}
