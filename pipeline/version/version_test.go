package version

import (
	"errors"
	"io"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionOf(t *testing.T) {
	program := func(text string) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	}
	none := func() (io.ReadCloser, error) { return nil, errors.New("no such file") }
	build := func(version, sum string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: version, Sum: sum}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const hash = "sha256=ba7816bf8f01" // of "abc", FIPS 180-4
	for _, c := range []struct {
		name    string
		info    *debug.BuildInfo
		program func() (io.ReadCloser, error)
		want    string
	}{
		{"a clean checkout", build("v1.2.3", "", "vcs.revision", "0123", "vcs.modified", "false"), none, "v1.2.3 0123 go1.26"},
		{"a published module", build("v1.2.3", "h1:x="), none, "v1.2.3 h1:x= go1.26"},
		{"a changed checkout", build("v1.2.3+dirty", "", "vcs.revision", "0123", "vcs.modified", "true"), program("abc"), "v1.2.3+dirty " + hash},
		{"a tarball", build("(devel)", ""), program("abc"), "(devel) " + hash},
		{"no build info", &debug.BuildInfo{}, program("abc"), hash},
	} {
		if got := versionOf(c.info, c.program); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := versionOf(build("(devel)", ""), none); !strings.HasPrefix(got, "(devel) unknown, started 2") {
		t.Errorf("a build that can't be named: %q", got)
	}
	if v := Name(); strings.Contains(v, "unknown") || v != Name() {
		t.Errorf("this program's version: %q", v)
	}
}
