package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"featurecache/extract"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// logInterval is the time between two progress lines where no terminal shows a bar.
const logInterval = 15 * time.Second

// extractProgress returns a function that shows how far an extraction has come,
// a bar on a terminal and a log line now and then elsewhere, and one that ends it.
func extractProgress(w io.Writer, log *slog.Logger) (show func(extract.Progress), end func()) {
	if isTerminal(w) {
		return barProgress(w)
	}
	began := time.Now()
	last := began
	return func(p extract.Progress) {
		if now := time.Now(); now.Sub(last) >= logInterval {
			last = now
			rate := float64(p.Images) / now.Sub(began).Seconds()
			left := time.Duration(float64(p.Total-p.Images) / max(rate, 1e-9) * float64(time.Second))
			log.Info("extracting", "images", p.Images, "of", p.Total, "bad", p.Bad,
				"images_per_second", fmt.Sprintf("%.1f", rate), "left", left.Round(time.Second))
		}
	}, func() {}
}

func barProgress(w io.Writer) (show func(extract.Progress), end func()) {
	var bar *progressbar.ProgressBar
	bad := -1
	show = func(p extract.Progress) {
		if bar == nil {
			bar = progressbar.NewOptions(p.Total,
				progressbar.OptionSetWriter(w),
				progressbar.OptionShowCount(),
				progressbar.OptionShowIts(),
				progressbar.OptionSetItsString("images"),
				progressbar.OptionSetPredictTime(true),
				progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionSetWidth(30),
			)
		}
		if p.Bad != bad {
			bad = p.Bad
			bar.Describe(fmt.Sprintf("extract, %d bad", bad))
		}
		_ = bar.Set(p.Images)
	}
	return show, func() {
		if bar != nil {
			_ = bar.Exit() // leave the last state on the screen, whole or interrupted
			fmt.Fprintln(w)
		}
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: shortTime}))
}

// shortTime cuts a log line's time to seconds.
func shortTime(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		a.Value = slog.StringValue(a.Value.Time().Format("2006-01-02T15:04:05Z07:00"))
	}
	return a
}
