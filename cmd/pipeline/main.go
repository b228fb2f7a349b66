// Command pipeline retrains an image classifier on a plain CPU server: it runs a
// frozen ONNX backbone once per augmented image, keeps the features in a bbolt
// store, and trains a new fully connected layer on them.
//
// Run pipeline --help for the commands; the README shows how they fit together.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the whole command line: one struct per command, one file per struct.
type cli struct {
	Config  kong.ConfigFlag `placeholder:"FILE" help:"Read flags from a YAML file: 'flag: value' for every command that has the flag, 'command: {flag: value}' for one."`
	Version versionFlag     `env:"-" help:"Print the version of the program and of its arithmetic."`

	Extract  extractCmd  `cmd:"" help:"Run the backbone over an image folder and store the features."`
	Fit      fitCmd      `cmd:"" help:"Train the fully connected layer on stored features."`
	Run      runCmd      `cmd:"" help:"Extract, fit, gate and publish under a lock; made for cron."`
	Sweep    sweepCmd    `cmd:"" help:"Compare training options by cross-validation, and fit with the best."`
	Predict  predictCmd  `cmd:"" help:"Classify images with a trained head."`
	Export   exportCmd   `cmd:"" help:"Write the network, the head or features for other programs."`
	Cache    cacheCmd    `cmd:"" help:"List, check, shrink or merge feature stores."`
	Backbone backboneCmd `cmd:"" help:"Inspect a model, compare it with a reference, measure it, or download one."`
	Report   reportCmd   `cmd:"" help:"Write one HTML page about a head: curves, metrics, and misclassified images."`
	Preview  previewCmd  `cmd:"" help:"Draw images as the network sees them, and what it predicts."`
	Demo     demoCmd     `cmd:"" help:"Run the whole pipeline on data that it makes itself, offline."`

	Completion completionCmd `cmd:"" help:"Print a script that completes commands and flags in a shell."`
}

const description = `Transfer learning without Python: extract features once, retrain the last layer in milliseconds.

Example:
  pipeline extract --data DIR --backbone resnet18.onnx --cache features.db
  pipeline fit --cache features.db --out head

Every flag can also be set by an environment variable, PIPELINE_ and the flag's name (PIPELINE_MAX_BAD=0.2), or in the --config file. The command line takes precedence over the variable, and the variable over the file.

Exit status:
  0   done, or nothing to do
  1   failed
  2   wrong usage
  3   too many unreadable images (--max-bad)
  4   the gate refused the new head (run)
  75  another process is using the store or the file; try again later
  130, 143  a second SIGINT or SIGTERM ended it at once; the store is intact`

func main() {
	os.Exit(run(untilSignal(context.Background()), os.Args[1:], console{stdout: os.Stdout, stderr: os.Stderr}))
}

// untilSignal returns a context that the first SIGINT or SIGTERM cancels, for a clean
// end. The second signal ends the process at once, as kill -9 does, however soon it comes;
// also when the process is the first of a container, which ignores signals by default.
func untilSignal(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(fmt.Errorf("%v signal received: %w", <-signals, context.Canceled))
		os.Exit(exitSignalled + signalNumber(<-signals))
	}()
	return ctx
}

func signalNumber(s os.Signal) int {
	number, _ := s.(syscall.Signal)
	return int(number)
}

// console is where a command writes: results to stdout, progress and logs to stderr.
type console struct {
	stdout, stderr io.Writer
}

// run runs the command that args name and returns the exit status.
func run(ctx context.Context, args []string, con console) int {
	var err error
	if isTerminal(con.stdout) { // used as it is: its type gives its width, and says whether it shows pictures
		err = execute(ctx, args, con)
	} else {
		out := &output{w: con.stdout}
		con.stdout = out
		err = out.outcome(execute(ctx, args, con))
	}
	var said *saidError
	if err != nil && !errors.As(err, &said) {
		fmt.Fprintln(con.stderr, "pipeline:", message(err))
		var usage *usageError
		if errors.As(err, &usage) {
			fmt.Fprintln(con.stderr, usage.hint)
		}
	}
	return exitStatus(err)
}

// execute parses args and runs the command they name.
func execute(ctx context.Context, args []string, con console) error {
	answered := false
	parser, err := newParser(
		kong.Writers(con.stdout, con.stderr),
		kong.Exit(func(int) { answered = true }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(con),
	)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	switch {
	case answered: // --help and --version end there
		return nil
	case err != nil:
		return asUsage(err)
	}
	return parsed.Run()
}

// newParser returns the parser of the whole command line.
func newParser(options ...kong.Option) (*kong.Kong, error) {
	return kong.New(&cli{}, append([]kong.Option{
		kong.Name("pipeline"),
		kong.Description(description),
		kong.Configuration(loadConfig),
		kong.DefaultEnvars("PIPELINE"),
		kong.KindMapper(reflect.String, kong.MapperFunc(rawString)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		trainDefaults(),
	}, options...)...)
}
