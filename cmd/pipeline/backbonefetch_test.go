package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"featurecache/extract/backbone/fetch"

	"github.com/gofrs/flock"
)

// TestFetchThroughProxy fetches from a host that does not exist, which only works
// through the proxy. The proxy's answer is not the model and is refused.
func TestFetchThroughProxy(t *testing.T) {
	asked := ""
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>sign in</html>"))
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("NO_PROXY", "")
	var stdout, stderr strings.Builder
	const mirror = "http://zoo.invalid/resnet18.onnx"
	status := run(context.Background(), []string{"backbone", "fetch", "resnet18", "--url", mirror, "--model-dir", t.TempDir()}, console{&stdout, &stderr})
	if asked != mirror {
		t.Errorf("the proxy was asked for %q; %s", asked, stderr.String())
	}
	if status != exitFailed || stdout.Len() > 0 || !strings.Contains(stderr.String(), "web page") {
		t.Errorf("exit status %d, %q, %q", status, stdout.String(), stderr.String())
	}
}

// Two jobs may fetch at the same time: the second should try again later.
func TestFetchBusy(t *testing.T) {
	dir := t.TempDir()
	model, _ := fetch.Find("resnet18")
	other := flock.New(filepath.Join(dir, model.File+".lock"))
	if ok, err := other.TryLock(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer other.Close()
	r := do("backbone", "fetch", "resnet18", "--url", "http://127.0.0.1:9/x", "--model-dir", dir)
	if r.status != exitHeld || !strings.Contains(r.stderr, "try again") {
		t.Errorf("exit status %d, %q", r.status, r.stderr)
	}
}
