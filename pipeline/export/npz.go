// Package export writes files for other programs: [ONNX] the whole network with a trained
// head, [Safetensors] the head alone, [NPZ] and [Parquet] the features of the last extract.
package export

import (
	"context"
	"fmt"
	"io"

	"featurecache/cache/durable"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/export/npz"
)

// NPZ writes the features of the last extract as a NumPy archive. Its rows are views 1 to K
// of each training image and view 0 of each validation image, in the scan's order.
//
//	features [N,D] float32   labels [N] int64   split [N] int32 (0 train, 1 val)
//	view     [N]   int32     paths  [N] str     classes [C] str
func NPZ(ctx context.Context, cacheFile, out string) error {
	return features(cacheFile, out, func(w io.Writer, set *dataset.Dataset) error {
		return writeNPZ(ctx, npz.NewWriter(w), set)
	})
}

// features opens a store's last extract and has write write it to the file out.
func features(cacheFile, out string, write func(io.Writer, *dataset.Dataset) error) error {
	set, err := dataset.Open(cacheFile)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer set.Close()
	if err := durable.WriteFile(out, func(w io.Writer) error { return write(w, set) }); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func writeNPZ(ctx context.Context, w *npz.Writer, set *dataset.Dataset) error {
	rows := set.Rows()
	if err := writeFeatures(ctx, w, set, rows); err != nil {
		return err
	}
	n := len(rows)
	if err := w.Int64s("labels", n, func(i int) int64 { return int64(rows[i].Image.Label) }); err != nil {
		return err
	}
	if err := w.Int32s("split", n, func(i int) int32 { return int32(rows[i].Image.Split) }); err != nil {
		return err
	}
	if err := w.Int32s("view", n, func(i int) int32 { return int32(rows[i].View) }); err != nil {
		return err
	}
	if err := w.Strings("paths", n, func(i int) string { return rows[i].Image.Path }); err != nil {
		return err
	}
	classes := set.Scan.Classes
	if err := w.Strings("classes", len(classes), func(i int) string { return classes[i] }); err != nil {
		return err
	}
	return w.Close()
}

// writeFeatures streams the matrix from the store.
func writeFeatures(ctx context.Context, w *npz.Writer, set *dataset.Dataset, rows []dataset.Row) error {
	width := set.Provenance.Width
	dst, err := w.Floats("features", len(rows), width)
	if err != nil {
		return err
	}
	var buf []byte
	return set.EachBlock(ctx, rows, func(_ []dataset.Row, x []float32) error {
		buf = npz.AppendFloats(buf[:0], x)
		_, err := dst.Write(buf)
		return err
	})
}
