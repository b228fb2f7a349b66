package pipeline

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"featurecache/cache/durable"

	"github.com/parquet-go/parquet-go"
)

// parquetRow is a row of the exported table.
type parquetRow struct {
	Path     string    `parquet:"path"`       // relative to the image folder
	Class    string    `parquet:"class,dict"` // the folder's name
	Split    string    `parquet:"split,dict"` // train or val
	View     int32     `parquet:"view"`
	Hash     string    `parquet:"hash,dict"` // SHA-256 of the image file, in hexadecimal
	Features []float32 `parquet:"features,list"`
}

// parquetGroup is the number of rows of a row group: what is in memory at a time,
// about 20 MB for 512 features.
const parquetGroup = 8192

// ExportParquet writes the features of the last extract as a Parquet table, with
// the rows of [ExportNpz]: path, class, split, view, hash and the list features.
// The file's metadata has the classes, and what made the features.
func ExportParquet(ctx context.Context, cacheFile, out string) error {
	set, err := openDataset(cacheFile)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer set.close()
	if err := durable.WriteFile(out, func(w io.Writer) error { return writeParquet(ctx, w, set) }); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func writeParquet(ctx context.Context, dst io.Writer, set *dataset) error {
	classes, err := json.Marshal(set.scan.Classes)
	if err != nil {
		return err
	}
	w := parquet.NewGenericWriter[parquetRow](dst,
		parquet.MaxRowsPerRowGroup(parquetGroup),
		parquet.KeyValueMetadata("classes", string(classes)),
		parquet.KeyValueMetadata(metaBackbone, hex.EncodeToString(set.space.Backbone[:])),
		parquet.KeyValueMetadata(metaModel, set.space.Model),
		parquet.KeyValueMetadata(metaFeature, set.space.Feature),
		parquet.KeyValueMetadata(metaTransform, set.space.Transform),
		parquet.KeyValueMetadata(metaSeed, strconv.FormatUint(set.scan.Seed, 10)),
		parquet.KeyValueMetadata(metaNumerics, set.space.Numerics),
	)
	buf := make([]parquetRow, 0, exportRows)
	err = set.eachPart(ctx, set.rows(), func(rows []row, x []float32) error {
		buf = buf[:0]
		for i, r := range rows {
			buf = append(buf, parquetRow{
				Path: utf8Path(r.image.Path), Class: set.scan.Classes[r.image.Label], Split: r.image.Split.String(),
				View: int32(r.view), Hash: r.image.Content.String(), Features: x[i*set.space.Width:][:set.space.Width],
			})
		}
		_, err := w.Write(buf)
		return err
	})
	if err != nil {
		return err
	}
	return w.Close()
}
