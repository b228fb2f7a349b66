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

// logInterval is the time between two progress lines where no bar is shown.
const logInterval = 15 * time.Second

// progress shows how far a command has come: a bar on a terminal, a log line now and then
// elsewhere and beside a JSON log, nothing with --quiet.
type progress struct {
	terminal io.Writer // nil: no bar
	options  []progressbar.Option
	bar      *progressbar.ProgressBar
	title    string
	began    time.Time
	logged   time.Time
}

func (f *logFlags) newProgress(con console, options ...progressbar.Option) *progress {
	now := time.Now()
	p := &progress{options: options, began: now, logged: now}
	if !f.Quiet && f.LogFormat != "json" && isTerminal(con.stderr) {
		p.terminal = con.stderr
	}
	return p
}

// show moves the bar, or calls line to write a log line when it is time for one.
func (p *progress) show(done, total int64, title string, line func(elapsed time.Duration)) {
	if p.terminal == nil {
		if now := time.Now(); now.Sub(p.logged) >= logInterval {
			p.logged = now
			line(now.Sub(p.began))
		}
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(total, append([]progressbar.Option{
			progressbar.OptionSetWriter(p.terminal),
			progressbar.OptionThrottle(100 * time.Millisecond),
			progressbar.OptionSetWidth(30),
		}, p.options...)...)
	}
	if title != p.title {
		p.title = title
		p.bar.Describe(title)
	}
	_ = p.bar.Set64(done)
}

// end leaves the bar's last state on the screen, whether or not the work was finished.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Exit()
		fmt.Fprintln(p.terminal)
	}
}

// extractProgress returns functions that show and end the progress of an extraction.
func (f *logFlags) extractProgress(con console, log *slog.Logger) (show func(extract.Progress), end func()) {
	p := f.newProgress(con, progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("images"), progressbar.OptionSetPredictTime(true))
	return func(e extract.Progress) {
		p.show(int64(e.Images), int64(e.Total), fmt.Sprintf("extract, %d bad", e.Bad), func(elapsed time.Duration) {
			rate := float64(e.Images) / elapsed.Seconds()
			left := time.Duration(float64(e.Total-e.Images) / max(rate, 1e-9) * float64(time.Second))
			log.Info("extracting", "images", e.Images, "of", e.Total, "bad", e.Bad,
				"images_per_second", fmt.Sprintf("%.1f", rate), "left", left.Round(time.Second))
		})
	}, p.end
}

// countProgress returns functions that show and end the progress of a number of things.
func (f *logFlags) countProgress(con console, log *slog.Logger, things string) (show func(done, total int), end func()) {
	p := f.newProgress(con, progressbar.OptionShowCount())
	return func(done, total int) {
		p.show(int64(done), int64(total), things, func(time.Duration) { log.Info(things, "done", done, "of", total) })
	}, p.end
}

// byteProgress returns functions that show and end the progress of a download.
func (f *logFlags) byteProgress(con console, log *slog.Logger, file string) (show func(done, total int64), end func()) {
	p := f.newProgress(con, progressbar.OptionShowBytes(true), progressbar.OptionSetPredictTime(true))
	return func(done, total int64) {
		p.show(done, total, file, func(time.Duration) { log.Info("fetching", "file", file, "bytes", done, "of", total) })
	}, p.end
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
