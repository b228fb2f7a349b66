package pipeline

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
)

// Keys of the head's metadata.
const (
	metaBackbone  = "backbone_sha256"
	metaModel     = "backbone_file"
	metaFeature   = "feature"
	metaTransform = "transform"
	metaSeed      = "view_seed"
	metaNumerics  = "numerics"
)

// metadata says what went into the kept head, and nothing that differs between two
// runs on the same things: the same training gives the same bytes.
func (j *fitJob) metadata(streamed *streamPlan) (map[string]string, error) {
	kept := &j.runs[j.kept]
	opt := j.options
	opt.Seed = kept.Seed
	options, err := json.Marshal(opt)
	if err != nil {
		return nil, err
	}
	metrics, err := json.Marshal(map[string]any{
		"best_epoch": kept.BestEpoch, "best_val_acc": kept.BestValAcc, "best_val_loss": kept.BestValLoss,
		"confusion": kept.Metrics.Confusion,
	})
	if err != nil {
		return nil, err
	}
	set := j.set
	meta := map[string]string{
		metaBackbone:  hex.EncodeToString(set.space.Backbone[:]),
		metaModel:     strings.ToValidUTF8(set.space.Model, "_"),
		metaFeature:   set.space.Feature,
		metaTransform: set.space.Transform,
		metaSeed:      strconv.FormatUint(set.scan.Seed, 10),
		metaNumerics:  set.space.Numerics,
		"space":       set.space.ID().String(),
		"views":       strconv.Itoa(j.views),
		"options":     string(options),
		"metrics":     string(metrics),
	}
	if j.summary != nil {
		meta["kept_of_seeds"] = strconv.Itoa(j.summary.Seeds)
	}
	if streamed != nil {
		// These decide the order of the samples.
		meta["stream_block"] = strconv.Itoa(streamed.block)
		meta["stream_rows"] = strconv.Itoa(streamed.rows)
	}
	return meta, nil
}
