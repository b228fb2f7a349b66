package main

import (
	"strings"
	"testing"
	"time"
)

// TestProgressLog requires log lines instead of a bar if stderr is not a terminal, at
// most one per interval, and none with --quiet.
func TestProgressLog(t *testing.T) {
	for name, test := range map[string]struct {
		flags logFlags
		want  string
	}{
		"text":  {logFlags{}, "msg=verify done=5 of=10"},
		"json":  {logFlags{LogFormat: "json"}, `"msg":"verify","done":5,"of":10`},
		"quiet": {logFlags{Quiet: true}, ""},
	} {
		var stderr strings.Builder
		con := console{stderr: &stderr}
		log := test.flags.logger(con)
		p := test.flags.newProgress(con)
		show := func(done int64) {
			p.show(done, 10, "verify", func(time.Duration) { log.Info("verify", "done", done, "of", 10) })
		}
		show(1)
		if stderr.Len() > 0 {
			t.Errorf("%s: logged at once: %s", name, stderr.String())
		}
		p.logged = time.Now().Add(-logInterval)
		show(5)
		show(6)
		p.end()
		got := stderr.String()
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") || strings.Count(got, "\n") > 1 {
			t.Errorf("%s: logged %q, want one line with %q", name, got, test.want)
		}
	}
}
