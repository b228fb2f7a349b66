package pipeline

import (
	"context"
	"fmt"
	"io"

	"featurecache/cache"
	"featurecache/cache/durable"
	"featurecache/cache/folder"
	"featurecache/pipeline/npz"
)

// exportRows is the number of features that are in memory at a time.
const exportRows = 4096

// ExportNpz writes the features of the last extract as a NumPy archive: for each
// training image its views 1…K, then for each validation image its view 0.
//
//	features [N,D] float32   labels [N] int64   split [N] int32 (0 train, 1 val)
//	view     [N]   int32     paths  [N] str     classes [C] str
func ExportNpz(ctx context.Context, cacheFile, out string) error {
	if err := exportNpz(ctx, cacheFile, out); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// row is one line of the exported arrays.
type row struct {
	image *folder.Image
	view  uint32
}

func exportNpz(ctx context.Context, cacheFile, out string) error {
	set, err := openDataset(cacheFile)
	if err != nil {
		return err
	}
	defer set.close()
	return durable.WriteFile(out, func(w io.Writer) error { return writeNpz(ctx, npz.NewWriter(w), set) })
}

func (d *dataset) rows() []row {
	var rows []row
	for i := range d.scan.Images {
		img := &d.scan.Images[i]
		first, last := img.Split.Views(d.scan.Views)
		for v := first; v <= last; v++ {
			rows = append(rows, row{img, v})
		}
	}
	return rows
}

func writeNpz(ctx context.Context, w *npz.Writer, set *dataset) error {
	rows := set.rows()
	if err := writeFeatures(ctx, w, set, rows); err != nil {
		return err
	}
	n := len(rows)
	if err := w.Int64s("labels", n, func(i int) int64 { return int64(rows[i].image.Label) }); err != nil {
		return err
	}
	if err := w.Int32s("split", n, func(i int) int32 { return int32(rows[i].image.Split) }); err != nil {
		return err
	}
	if err := w.Int32s("view", n, func(i int) int32 { return int32(rows[i].view) }); err != nil {
		return err
	}
	if err := w.Strings("paths", n, func(i int) string { return rows[i].image.Path }); err != nil {
		return err
	}
	classes := set.scan.Classes
	if err := w.Strings("classes", len(classes), func(i int) string { return classes[i] }); err != nil {
		return err
	}
	return w.Close()
}

// writeFeatures streams the matrix.
func writeFeatures(ctx context.Context, w *npz.Writer, set *dataset, rows []row) error {
	width := set.space.Width
	dst, err := w.Floats("features", len(rows), width)
	if err != nil {
		return err
	}
	var buf []byte
	return set.eachPart(ctx, rows, func(_ []row, x []float32) error {
		buf = npz.AppendFloats(buf[:0], x)
		_, err := dst.Write(buf)
		return err
	})
}

// eachPart calls f for some rows at a time, in order, with their features.
func (d *dataset) eachPart(ctx context.Context, rows []row, f func(rows []row, x []float32) error) error {
	width := d.space.Width
	x := make([]float32, min(len(rows), exportRows)*width)
	keys := make([]cache.Key, 0, exportRows)
	for len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(rows), exportRows)
		keys = keys[:0]
		for _, r := range rows[:n] {
			keys = append(keys, cache.Key{Content: r.image.Content, View: r.view})
		}
		if err := d.store.Read(d.space.ID(), keys, x[:n*width]); err != nil {
			return err
		}
		if err := f(rows[:n], x[:n*width]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
