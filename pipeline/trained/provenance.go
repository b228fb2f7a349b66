package trained

import (
	"encoding/json"
	"strconv"

	"featurecache/extract"
	"featurecache/head"
)

// Provenance says what a head was trained on, and how. It holds no times or paths, so that
// the same training writes the same bytes.
type Provenance struct {
	Features extract.Provenance
	Views    int          // training views of each image
	Options  head.Options // with the seed that was kept

	BestEpoch   int // counted from 0
	BestValAcc  float64
	BestValLoss float64
	Confusion   [][]int // [C,C], rows are true classes; nil with very many classes

	Seeds  int     // number of seeds, of which the median head was kept; 0: a single seed
	Stream *Stream // nil if the features were in memory
}

// Stream says how features that did not fit in memory were read. The order of the samples
// depends on it.
type Stream struct {
	Block int // number of consecutive images that are read together
	Rows  int // number of training images in memory at a time
}

// metadata is the provenance as the metadata of the head's file.
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
