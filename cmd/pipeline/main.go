// Command pipeline retrains an image classifier on a plain CPU server: it runs a
// frozen ONNX backbone once per augmented image, keeps the features in a bbolt
// store, and trains a new fully connected layer on them.
//
// Run pipeline --help for the commands, and see the README for the way through.
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

// cli is the whole command line: one struct a subcommand, one file a struct.
type cli struct {
	Config  kong.ConfigFlag `placeholder:"FILE" help:"Read flags from a YAML file: 'flag: value' for every command that has the flag, 'command: {flag: value}' for one."`
	Version versionFlag     `env:"-" help:"Say which build this is, and which numerics."`

	Extract  extractCmd  `cmd:"" help:"Run the backbone over an image folder and keep the features."`
	Fit      fitCmd      `cmd:"" help:"Train the fully connected layer on kept features."`
	Run      runCmd      `cmd:"" help:"Extract, fit, gate and publish under a lock: what cron calls."`
	Sweep    sweepCmd    `cmd:"" help:"Compare training options by cross-validation, and fit with the best."`
	Predict  predictCmd  `cmd:"" help:"Classify images with a trained head."`
	Export   exportCmd   `cmd:"" help:"Write the network, the head or features for other programs."`
	Cache    cacheCmd    `cmd:"" help:"Look into a feature store."`
	Backbone backboneCmd `cmd:"" help:"Look into a model, prove that it runs right, and measure it."`
	Report   reportCmd   `cmd:"" help:"Write one HTML page about a head: curves, figures, and the images it got wrong."`
	Preview  previewCmd  `cmd:"" help:"Draw images as the network sees them, and what it takes them for."`
	Demo     demoCmd     `cmd:"" help:"Show everything above on data made on the spot, offline."`

	Completion completionCmd `cmd:"" help:"Write a script that completes commands and flags in a shell."`
}

const description = `Transfer learning without Python: extract features once, retrain the last layer in milliseconds.

Example:
  pipeline extract --data DIR --backbone resnet18.onnx --cache features.db
  pipeline fit --cache features.db --out head

Every flag can also be set by a variable, PIPELINE_ and the flag's name (PIPELINE_MAX_BAD=0.2), or in the --config file; the command line wins over the variable, and the variable over the file.

Exit status:
  0   done, or nothing to do
  1   failed
  2   wrong usage
  3   too many unreadable images (--max-bad)
  4   the gate refused the new head (run)
  75  another run holds the store; try again later
  130, 143  a second interrupt or SIGTERM ended it at once; nothing committed is lost`

func main() {
	os.Exit(run(untilSignal(context.Background()), os.Args[1:], console{stdout: os.Stdout, stderr: os.Stderr}))
}

// untilSignal returns a context that the first signal to end cancels, which asks for
// a clean end. The second ends the process at once, as kill -9 does: however soon
// it comes, and as a container's first process too, to which signals do nothing.
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

// run carries out what args say and returns the exit status.
func run(ctx context.Context, args []string, con console) int {
	var err error
	if isTerminal(con.stdout) { // left as it is: for its width and its pictures it is asked by type
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
