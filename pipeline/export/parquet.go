package export

import (
	"context"
	"encoding/json"
	"io"

	"featurecache/extract/imagefolder"
	"featurecache/pipeline/dataset"

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

// parquetGroup is the number of rows in a row group, which is in memory at a time: about
// 20 MB for features of 512 values.
const parquetGroup = 8192

// Parquet writes the features of the last extract as a Parquet table with the rows of
// [NPZ]. Its columns are path, class, split, view, hash and the list features. The file's
// metadata holds the classes, and the features' provenance.
func Parquet(ctx context.Context, cacheFile, out string) error {
	return features(cacheFile, out, func(w io.Writer, set *dataset.Dataset) error { return writeParquet(ctx, w, set) })
}

func writeParquet(ctx context.Context, dst io.Writer, set *dataset.Dataset) error {
	classes, err := json.Marshal(set.Scan.Classes)
	if err != nil {
		return err
	}
	options := []parquet.WriterOption{parquet.MaxRowsPerRowGroup(parquetGroup), parquet.KeyValueMetadata("classes", string(classes))}
	for key, value := range set.Provenance.Metadata() {
		options = append(options, parquet.KeyValueMetadata(key, value)) // the writer sorts them
	}
	w := parquet.NewGenericWriter[parquetRow](dst, options...)
	var buf []parquetRow
	err = set.EachBlock(ctx, set.Rows(), func(rows []dataset.Row, x []float32) error {
		buf = buf[:0]
		for i, r := range rows {
			buf = append(buf, parquetRow{
				Path: imagefolder.UTF8Path(r.Image.Path), Class: set.Scan.Classes[r.Image.Label], Split: r.Image.Split.String(),
				View: int32(r.View), Hash: r.Image.Content.String(), Features: x[i*set.Provenance.Width:][:set.Provenance.Width],
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
