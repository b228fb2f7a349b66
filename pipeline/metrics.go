package pipeline

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"featurecache/cache/durable"
)

// lastSuccess is the metric that a failed run keeps.
const lastSuccess = "featurecache_last_success_timestamp_seconds"

// WriteMetrics writes a run's figures in Prometheus' text format, for the node
// exporter's textfile collector. It replaces the file whole or not at all. Metrics that
// the run did not reach are left out, but the time of the last success is kept from the
// old file. Exit is the process's exit status.
func WriteMetrics(path string, r *Result, exit int) error {
	var w metricsText
	ended := r.Began.Add(time.Duration(r.Seconds * float64(time.Second)))
	success := float64(ended.Unix())
	if exit != 0 {
		var err error
		if success, err = readMetric(path, lastSuccess); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	if success > 0 {
		w.gauge(lastSuccess, "When a run last ended with exit status 0.", success)
	}
	w.gauge("featurecache_last_run_timestamp_seconds", "When the last run ended.", float64(ended.Unix()))
	w.gauge("featurecache_last_run_exit_status", "Exit status of the last run.", float64(exit))
	w.gauge("featurecache_last_run_duration_seconds", "How long the last run took.", r.Seconds)
	w.gauge("featurecache_last_run_published", "Whether the last run published a head.", oneIf(r.Outcome == Published))
	if len(r.Stages) > 0 {
		w.help("featurecache_stage_duration_seconds", "How long each stage of the last run took.")
		for _, s := range r.Stages {
			fmt.Fprintf(&w, "featurecache_stage_duration_seconds{stage=%q} %g\n", s.Name, s.Seconds)
		}
	}
	if e := r.Extract; e != nil {
		w.gauge("featurecache_images", "Image files found, bad ones included.", float64(e.Images))
		w.gauge("featurecache_bad_images", "Image files that can't be used.", float64(e.Bad))
		w.gauge("featurecache_views_computed", "Views that the last run computed.", float64(e.Computed))
		w.gauge("featurecache_views_reused", "Views that the last run found in the store.", float64(e.Reused))
	}
	if n := r.Record; n != nil {
		w.gauge("featurecache_validation_accuracy", "Validation accuracy of the last trained head.", n.Accuracy)
		if n.Reference != "" {
			w.help("featurecache_reference_info", "The run whose head is the gate's reference.")
			fmt.Fprintf(&w, "featurecache_reference_info{night=%s} 1\n", labelValue(n.Reference))
		}
		if g := n.Gate; g != nil {
			w.gauge("featurecache_gate_passed", "Whether that head passed the gate.", oneIf(g.Passed))
			w.gauge("featurecache_gate_p_value", "McNemar's p-value for that head being worse than the published one.", g.P)
			w.gauge("featurecache_gate_images", "Validation images on which these two were compared.", float64(g.Images))
			if ref := g.Reference; ref != nil {
				w.gauge("featurecache_gate_reference_p_value", "McNemar's p-value for that head being worse than the reference.", ref.P)
				w.gauge("featurecache_gate_reference_images", "Validation images on which these two were compared.", float64(ref.Images))
			}
		}
	}
	if err := durable.WriteBytes(path, []byte(w.String())); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// metricsText is a file in Prometheus' text format.
type metricsText struct{ strings.Builder }

func (w *metricsText) help(name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

func (w *metricsText) gauge(name, help string, value float64) {
	w.help(name, help)
	fmt.Fprintf(w, "%s %s\n", name, strconv.FormatFloat(value, 'g', -1, 64))
}

// labelValue quotes a label's value, which must be UTF-8. The name of a folder published
// by hand may not be.
func labelValue(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "?")) + `"`
}

// readMetric reads one value from a file that WriteMetrics wrote. It returns 0 if the file
// or the value is absent.
func readMetric(path, name string) (float64, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			if value, err := strconv.ParseFloat(text, 64); err == nil {
				return value, nil
			}
		}
	}
	return 0, nil // a file that WriteMetrics did not write is overwritten too
}
