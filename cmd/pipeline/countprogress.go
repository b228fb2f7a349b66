package main

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/schollz/progressbar/v3"
)

// countProgress returns a function that shows how many of some things are done, a
// bar on a terminal and a log line now and then elsewhere, and one that ends it.
func countProgress(w io.Writer, log *slog.Logger, things string) (show func(done, total int), end func()) {
	if !isTerminal(w) {
		last := time.Now()
		return func(done, total int) {
			if now := time.Now(); now.Sub(last) >= logInterval {
				last = now
				log.Info(things, "done", done, "of", total)
			}
		}, func() {}
	}
	var bar *progressbar.ProgressBar
	show = func(done, total int) {
		if bar == nil {
			bar = progressbar.NewOptions(total,
				progressbar.OptionSetWriter(w),
				progressbar.OptionSetDescription(things),
				progressbar.OptionShowCount(),
				progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionSetWidth(30),
			)
		}
		_ = bar.Set(done)
	}
	return show, func() {
		if bar != nil {
			_ = bar.Exit()
			fmt.Fprintln(w)
		}
	}
}
