package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"featurecache/pipeline"
	"featurecache/pipeline/train"
)

type runCmd struct {
	extractFlags `embed:""`
	Out          string `required:"" placeholder:"DIR" help:"Folder to publish in: DIR/current is a link to the published run's folder; older runs are kept beside it."`

	headFlags `embed:""`

	Level float64 `default:"0.05" help:"Significance level at which the gate refuses a worse head, 0 to 1; 0 publishes every head and makes it the reference."`
	Keep  int     `default:"14" help:"Runs to keep besides the published one and the reference, and as many refused ones; 0 means all."`

	Metrics  string `placeholder:"FILE" help:"Write metrics for Prometheus' textfile collector; the name should end in .prom."`
	Ping     string `placeholder:"URL" help:"Ping a watchdog as healthchecks.io expects: URL/start, then URL/EXIT-STATUS."`
	logFlags `embed:""`
	JSON     bool `help:"Print one JSON object at the end."`
}

func (*runCmd) Help() string {
	return `Example:
  pipeline run --quiet --data data --backbone resnet18.onnx --cache features.db --out heads

Extracts what is new, trains a head, compares it with the published one on the same validation images, and publishes it by pointing DIR/current to its folder in one step. If the published head was made from the same images, backbone, options and program, nothing is trained. If the last refused head was, the refusal stands. Images with the same bytes in train and val, or in two classes, are a warning, and "duplicates" in "extract" of --json.

The gate is McNemar's exact, one-sided test. It looks at the validation images that exactly one of two heads classifies correctly, and asks whether chance explains the earlier head's share of them. It compares the new head with the published one and with a reference. The reference changes only after a significant gain, so that small losses can't add up over many runs. The two tests share the level: the head is refused when one p is at most half of it, or both are at most all of it. run.json beside each head names the reference.

The comparison needs the earlier heads' features in the store: after a change of backbone, do not run 'cache gc' without --keep-space before a head of the new backbone is published. A head that could not be compared is published with a warning.

A reader should resolve DIR/current once (readlink -f) and then read from that folder, which no later run changes. To go back by hand: ln -sfn FOLDER DIR/current. The next run whose head passes the gate publishes again.

Exit status: 0 published, or nothing new; 1 failed or interrupted; 2 wrong usage; 3 too many unreadable images; 4 the gate refused the new head, and the published one stays; 75 another run holds the lock or the store.`
}

// Validate rejects invalid values.
func (c *runCmd) Validate() error {
	if c.Keep < 0 {
		return fmt.Errorf("--keep %d: want 0 (all) or more", c.Keep)
	}
	if c.Ping != "" && !isHTTP(c.Ping) {
		return errors.New("--ping: want an http or https address") // which is a secret
	}
	if err := validateShare("--level", c.Level); err != nil {
		return err
	}
	if err := c.extractFlags.validate(); err != nil {
		return err
	}
	return c.headFlags.validate()
}

// Run runs the command, pings the watchdog, and writes the metrics.
func (c *runCmd) Run(ctx context.Context, con console) error {
	log := c.logger(con)
	watchdog := pinger{url: c.Ping, log: log}
	watchdog.start(ctx)
	result, err := c.night(ctx, con)
	line := runLine(result, err)
	if c.Metrics != "" {
		if metricsErr := pipeline.WriteMetrics(c.Metrics, result, exitStatus(err)); metricsErr != nil {
			log.Warn(metricsErr.Error())
		}
	}
	watchdog.end(ctx, exitStatus(err), line)
	if c.JSON {
		if jsonErr := json.NewEncoder(con.stdout).Encode(result); jsonErr != nil && err == nil {
			err = jsonErr
		}
	} else if err == nil {
		fmt.Fprintln(c.results(con), line)
	}
	return c.said(log, err)
}

// night extracts, trains and publishes.
func (c *runCmd) night(ctx context.Context, con console) (*pipeline.Result, error) {
	failed := &pipeline.Result{Outcome: pipeline.Failed, Began: time.Now()}
	opt, balanced, err := c.headOptions()
	if err != nil {
		return failed, err
	}
	stageOne, err := c.options()
	if err != nil {
		return failed, err
	}
	log := c.logger(con)
	show, end := c.extractProgress(con, log)
	stageOne.Progress, stageOne.Log = show, log
	result, err := pipeline.Run(ctx, pipeline.Options{
		Extract: stageOne,
		Train:   train.Options{Head: opt, Balanced: balanced, Seeds: c.Seeds, MaxMemory: int64(c.MaxMemory)},
		Out:     c.Out, Keep: c.Keep, Level: c.Level,
	})
	end()
	if s := result.Extract; s != nil {
		for _, bad := range s.BadFiles {
			log.Info("bad image", "path", bad.Path, "reason", bad.Reason)
		}
		level := slog.LevelWarn
		if result.Outcome == pipeline.Unchanged { // the run that published has said it
			level = slog.LevelInfo
		}
		logDuplicates(log, level, s.Duplicates)
	}
	warnOfDoubt(log, result.Doubt)
	switch gate := result.Gate; {
	case result.Outcome != pipeline.Published: // the error of a refusal has the details
	case gate.Doubtful():
		log.Warn("not all was compared; gate " + gate.String())
	case gate.Against != "":
		log.Info("gate " + gate.String())
	}
	return result, err
}

// runLine summarises a run in one line.
func runLine(r *pipeline.Result, err error) string {
	if err != nil {
		return err.Error()
	}
	s := r.Extract
	line := fmt.Sprintf("%s: %s (%d bad), %s computed, %d reused", r.Outcome, count(s.Images, "image"), s.Bad, count(s.Computed, "view"), s.Reused)
	if r.Outcome == pipeline.Unchanged {
		line += ", nothing to train"
	}
	line += fmt.Sprintf(", accuracy %.4f", r.Record.Accuracy)
	if r.Folder != "" {
		line += ", " + r.Folder
	}
	return line + fmt.Sprintf(", in %s", seconds(r.Seconds))
}
