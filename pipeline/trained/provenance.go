package trained

import (
	"encoding/json"
	"strconv"

	"featurecache/extract"
	"featurecache/head"
)

// Provenance says what a head was trained on, and how. It has nothing that differs
// between two runs on the same things, so that the same training gives the same bytes.
type Provenance struct {
	Features extract.Provenance
	Views    int          // training views of each image
	Options  head.Options // of the seed that was kept

	BestEpoch   int // counted from 0
	BestValAcc  float64
	BestValLoss float64
	Confusion   [][]int // rows are true classes; nil with very many classes

	Seeds  int     // the number of seeds of which this is the median one; 0: it is the only one
	Stream *Stream // nil: the features were in memory
}

// Stream is how features were read that did not fit in memory: it decides the order of
// the samples.
type Stream struct {
	Block int // consecutive images of the scan that are read together
	Rows  int // training images in memory at a time
}

// metadata is the provenance as the head's file has it.
func (p *Provenance) metadata() (map[string]string, error) {
	options, err := json.Marshal(p.Options)
	if err != nil {
		return nil, err
	}
	metrics, err := json.Marshal(map[string]any{
		"best_epoch": p.BestEpoch, "best_val_acc": p.BestValAcc, "best_val_loss": p.BestValLoss,
		"confusion": p.Confusion,
	})
	if err != nil {
		return nil, err
	}
	meta := p.Features.Metadata()
	meta["space"] = p.Features.ID().String()
	meta["views"] = strconv.Itoa(p.Views)
	meta["options"] = string(options)
	meta["metrics"] = string(metrics)
	if p.Seeds > 0 {
		meta["kept_of_seeds"] = strconv.Itoa(p.Seeds)
	}
	if p.Stream != nil {
		meta["stream_block"] = strconv.Itoa(p.Stream.Block)
		meta["stream_rows"] = strconv.Itoa(p.Stream.Rows)
	}
	return meta, nil
}
