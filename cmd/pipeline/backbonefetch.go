package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"featurecache/extract/backbone/fetch"
)

// defaultModel is the one that commands take when it has been fetched.
const defaultModel = "resnet18"

type backboneFetchCmd struct {
	Model    string `arg:"" help:"resnet18, resnet34, resnet50, resnet101 or resnet152; with -v2 at the end, the network with pre-activation."`
	URL      string `placeholder:"URL" help:"Fetch from this mirror; the file must be the same."`
	ModelDir string `placeholder:"DIR" help:"Folder to keep the file in; by default pipeline in the user's cache folder."`
	logFlags `embed:""`
}

func (*backboneFetchCmd) Help() string {
	return `Example:
  pipeline backbone fetch resnet18

Downloads the ONNX model zoo's file, checks its SHA-256, and prints where it is kept. If the download is cut off, the same command resumes it. Uses the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name. Once resnet18 is there, extract uses it when no --backbone is given.

Exit status: 0 done, or nothing to do; 1 failed or interrupted; 2 wrong usage; 75 another process is fetching it.`
}

// Validate refuses models that are not pinned and addresses that are none.
func (c *backboneFetchCmd) Validate() error {
	if _, ok := fetch.Find(c.Model); !ok {
		return fmt.Errorf("%q is not a model that can be fetched: want one of %s", c.Model, fetch.Names())
	}
	if c.URL != "" && !isHTTP(c.URL) {
		return fmt.Errorf("--url %s: want an http or https address", c.URL)
	}
	return nil
}

func isHTTP(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Run runs the command.
func (c *backboneFetchCmd) Run(ctx context.Context, con console) error {
	model, _ := fetch.Find(c.Model)
	log := c.logger(con)
	show, end := c.byteProgress(con, log, model.File)
	path, err := fetch.Fetch(ctx, model, fetch.Options{Dir: c.ModelDir, URL: c.URL, Progress: show})
	end()
	if err != nil {
		return c.said(log, err)
	}
	fmt.Fprintln(con.stdout, path) // for scripts, so --quiet keeps it
	return nil
}

// backboneOr returns path, or where [defaultModel] is kept if path is empty and it
// has been fetched.
func backboneOr(path string) (string, error) {
	if path != "" {
		return path, nil
	}
	model, _ := fetch.Find(defaultModel)
	kept, err := model.Path("")
	if err == nil {
		_, err = os.Stat(kept)
	}
	if err != nil {
		return "", &usageError{
			err:  errors.New("missing --backbone=FILE"),
			hint: "Give an ONNX model, or run 'pipeline backbone fetch " + defaultModel + "' once, and it is taken from then on.",
		}
	}
	return kept, nil
}
