package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
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
