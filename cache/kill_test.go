package cache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"featurecache/testdata"
)

// The test binary runs again as a child that does one operation on a store until it is
// killed.
const (
	childEnv     = "FEATURECACHE_TEST_CHILD"
	childPathEnv = "FEATURECACHE_TEST_PATH"
)

func TestMain(m *testing.M) {
	child := map[string]func(path string) error{"write": childWrite, "merge": childMerge, "gc": childGC}[os.Getenv(childEnv)]
	if child == nil {
		os.Exit(m.Run())
	}
	if err := child(os.Getenv(childPathEnv)); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

var killSpace = testSpace("kill", 512)

// childWrite adds images with three views each and prints how many have been committed.
// It continues where the child before it was killed.
func childWrite(path string) error {
	s, err := Open(path, Options{Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	w, err := s.NewWriter(killSpace)
	if err != nil {
		return err
	}
	for i := w.index.Images(); i < 100_000; i++ {
		for _, k := range keysOf(i, 1, 3) {
			if err := w.Put(k, featureOf(k, killSpace.Width)); err != nil {
				return err
			}
		}
		if i%20 == 0 {
			if err := errors.Join(w.Flush(), s.PutScan(killSpace.ID(), testScan("/data", i+1))); err != nil {
				return err
			}
			fmt.Println("committed", i+1)
		}
	}
	return nil
}

func childMerge(path string) error {
	for i := 0; ; i++ {
		dst, err := Open(path, Options{Timeout: 10 * time.Second})
		if err != nil {
			return err
		}
		fmt.Println("committed", i)
		for _, shard := range []string{".1", ".2"} {
			src, err := Open(path+shard, Options{ReadOnly: true, Timeout: 10 * time.Second})
			if err != nil {
				return err
			}
			err = mergeStores(context.Background(), dst, []*Store{src}, &MergeReport{}, nil)
			if err := errors.Join(err, src.Close()); err != nil {
				return err
			}
		}
		if err := dst.Close(); err != nil {
			return err
		}
	}
}

func childGC(path string) error {
	for i := 0; ; i++ {
		fmt.Println("committed", i)
		if _, err := GC(context.Background(), path, GCOptions{Timeout: 10 * time.Second}); err != nil {
			return err
		}
	}
}

// killChild runs a child, kills it a random time after it has begun its work, and
// returns the last number that it said to have committed.
func killChild(t *testing.T, rng *rand.Rand, what, path string, most time.Duration) (committed int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+what, childPathEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if n, err := fmt.Sscanf(lines.Text(), "committed %d", &committed); n != 1 {
			t.Fatalf("the child says %q, %v", lines.Text(), err)
		}
		if most > 0 {
			time.AfterFunc(time.Duration(rng.Int64N(int64(most))), func() { _ = cmd.Process.Kill() })
			most = 0
		}
	}
	_ = cmd.Wait()
	return committed
}

func TestKillWriter(t *testing.T) {
	rng := testdata.Rand(t)
	path := storePath(t)
	kept := 0
	for range trials(t, 8) {
		committed := killChild(t, rng, "write", path, 100*time.Millisecond)
		s := open(t, path)
		verify(t, s)
		x, err := s.Index(killSpace.ID())
		if err != nil {
			t.Fatal(err)
		}
		if x.Images() < committed || x.Images() < kept {
			t.Fatalf("%d images, but %d were committed", x.Images(), committed)
		}
		kept = x.Images()
		checkRead(t, s, killSpace, slices.Collect(x.Keys()))
		if _, scan, err := s.LastScan(); err != nil || len(scan.Images) < committed {
			t.Fatalf("a scan of %d images, but %d were committed: %v", len(scan.Images), committed, err)
		}
		shut(t, s)
		if kept > 3000 { // begin anew, lest it gets slow
			kept = 0
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestKillMerge(t *testing.T) {
	rng := testdata.Rand(t)
	path := storePath(t)
	for i, name := range []string{".1", ".2"} {
		s := open(t, path+name)
		fill(t, s, killSpace, keysOf(400*i, 600, 3))
		if err := s.PutScan(killSpace.ID(), testScan("/data", 1000)); err != nil {
			t.Fatal(err)
		}
		shut(t, s)
	}
	for range trials(t, 6) {
		killChild(t, rng, "merge", path, 100*time.Millisecond)
		s := open(t, path)
		verify(t, s)
		if x, err := s.Index(killSpace.ID()); err == nil {
			checkRead(t, s, killSpace, slices.Collect(x.Keys()))
		}
		var srcs []*Store
		for _, name := range []string{".1", ".2"} {
			srcs = append(srcs, open(t, path+name))
		}
		r := &MergeReport{}
		err := mergeStores(context.Background(), s, srcs, r, nil)
		if err != nil || r.Added+r.Same != 3600 {
			t.Fatalf("%+v, %v", r, err)
		}
		checkRead(t, s, killSpace, keysOf(0, 1000, 3))
		for _, s := range append(srcs, s) {
			shut(t, s)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKillGC(t *testing.T) {
	rng := testdata.Rand(t)
	path := storePath(t)
	s := open(t, path)
	fill(t, s, killSpace, keysOf(0, 500, 3))
	fill(t, s, testSpace("dead", 512), keysOf(0, 500, 1))
	if err := s.PutScan(killSpace.ID(), testScan("/data", 400)); err != nil {
		t.Fatal(err)
	}
	shut(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range trials(t, 6) {
		killChild(t, rng, "gc", path, 100*time.Millisecond)
		s := open(t, path)
		verify(t, s)
		checkRead(t, s, killSpace, keysOf(0, 400, 3))
		if _, scan, err := s.LastScan(); err != nil || len(scan.Images) != 400 {
			t.Fatal(err)
		}
		shut(t, s)
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		// At most one file is left over, which the next GC removes.
		if left, _ := filepath.Glob(path + "?*"); len(left) > 1 {
			t.Fatalf("left over: %v", left)
		}
	}
}
