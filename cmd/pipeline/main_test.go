package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"featurecache/testdata"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pipeline": main})
}

// TestScripts runs the command line as users do. The scripts find a small image
// set and backbone, made once by the demo command, in $DEMO, and the reference
// data in $SHARED under the condition [shared].
func TestScripts(t *testing.T) {
	demo := filepath.Join(t.TempDir(), "demo")
	if status := run(context.Background(), []string{"demo", "--dir", demo}, console{io.Discard, os.Stderr}); status != exitDone {
		t.Fatalf("demo: exit status %d", status)
	}
	shared := ""
	t.Run("shared", func(t *testing.T) { shared = testdata.Shared(t) })
	if t.Failed() {
		return
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("DEMO", demo)
			env.Setenv("SHARED", shared)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			return cond == "shared" && shared != "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": cmdStatus,
		},
		RequireExplicitExec: true,
	})
}

// cmdStatus runs a command and requires its exit status: status 3 pipeline ARG…
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [arg…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}
