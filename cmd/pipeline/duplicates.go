package main

import (
	"context"
	"log/slog"
	"strings"

	"featurecache/cache/folder"
)

// logDuplicates warns, at a level, of images that are in both splits or under two labels.
func logDuplicates(log *slog.Logger, level slog.Level, d *folder.Duplicates) {
	if d == nil {
		return
	}
	warn := func(n int, is, todo string, first []folder.Pair) {
		if n == 0 {
			return
		}
		var pairs []string
		for _, pair := range first {
			pairs = append(pairs, quotePath(pair[0])+" = "+quotePath(pair[1]))
		}
		log.Log(context.Background(), level, count(n, "image")+" "+is+": "+todo, "first", strings.Join(pairs, ", "))
	}
	warn(d.InBothSplits, "in both train and val", "the accuracy will look better than it is; delete them from one of the two", d.FirstInBothSplits)
	warn(d.UnderTwoLabels, "under two labels", "delete the wrong one", d.FirstUnderTwoLabels)
}
