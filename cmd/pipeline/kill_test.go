//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestKillExtract(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	path := filepath.Join(set.dir, "f.db")
	args := set.extract(path)
	k := newKiller(t, set.rng, func() { removeAll(t, path) }, sizeOf(path), args)
	kept, finished := 0, 0
	for n := trials(t, 6); k.goOn(n); {
		landed := k.kill(t, args)
		features, scanned := want.check(t, path)
		if features < kept {
			t.Fatalf("%d features where %d were committed", features, kept)
		}
		kept = features
		if landed {
			k.phases[extractPhase(path, features, scanned)]++
		}
		if scanned {
			want.whole(t, path)
			removeAll(t, path)
			kept, finished = 0, finished+1
		}
	}
	must(t, args...)
	want.whole(t, path)
	k.tell(t, "extract", "no feature lost, none wrong; %d stores finished in spite of them, each equal to an undisturbed one", finished+1)
}

func extractPhase(path string, features int, scanned bool) string {
	_, err := os.Stat(path)
	switch {
	case err != nil:
		return "1 no store yet"
	case features == 0:
		return "2 store begun"
	case features < faultCount:
		return "3 some features"
	case !scanned:
		return "4 all features, no scan"
	}
	return "5 scan kept"
}

func TestKillMerge(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	path := filepath.Join(set.dir, "merged.db")
	args := []string{"cache", "merge", "--quiet", "--into", path}
	for i := range 3 {
		part := filepath.Join(set.dir, fmt.Sprintf("part%d.db", i))
		must(t, set.extract(part, "--shard", fmt.Sprintf("%d/3", i+1))...)
		args = append(args, part)
	}
	k := newKiller(t, set.rng, func() { removeAll(t, path) }, sizeOf(path), args)
	kept, finished := 0, 0
	for n := trials(t, 6); k.goOn(n); {
		landed := k.kill(t, args)
		got, scanned := stored(t, path)
		features := len(got)
		if !scanned || features == len(want) {
			want.check(t, path)
		}
		if features < kept {
			t.Fatalf("%d features where %d were committed", features, kept)
		}
		kept = features
		if landed {
			k.phases[extractPhase(path, features, scanned)]++
		}
		if !landed || features == len(want) {
			must(t, args...)
			want.whole(t, path)
			removeAll(t, path)
			kept, finished = 0, finished+1
		}
	}
	must(t, args...)
	want.whole(t, path)
	k.tell(t, "cache merge", "no feature lost, none wrong; %d merges finished in spite of them, each equal to one machine's store", finished+1)
}

func TestKillGC(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	fat := filepath.Join(set.dir, "fat.db")
	must(t, set.extract(fat, "--view-seed", "9")...) // features that are no longer used
	must(t, set.extract(fat)...)
	all, _ := stored(t, fat)
	path := filepath.Join(set.dir, "f.db")
	args := []string{"cache", "gc", "--quiet", "--cache", path}
	fatSize := sizeOf(fat)()
	again := func() { removeAll(t, path); copyFile(t, fat, path) }
	k := newKiller(t, set.rng, again, func() int64 { return max(sizeOf(path+".gc")(), fatSize-sizeOf(path)()) }, args)
	for n := trials(t, 6); k.goOn(n); {
		landed := k.kill(t, args)
		must(t, "cache", "verify", "--quiet", "--cache", path)
		got, scanned := stored(t, path)
		for key, f := range want {
			if !slices.Equal(got[key], f) {
				t.Fatalf("%v is lost", key.key)
			}
		}
		left, _ := filepath.Glob(path + "?*")
		if len(left) > 1 || !scanned || len(got) != len(want) && len(got) != len(all) {
			t.Fatalf("%d features, scan %v, beside it %v", len(got), scanned, left)
		}
		if landed {
			k.phases[gcPhase(len(got) == len(want), len(left) > 0)]++
		}
		if k.tried%8 == 0 { // the next gc removes what is left over
			must(t, args...)
			want.whole(t, path)
			if left, _ := filepath.Glob(path + "?*"); len(left) > 0 {
				t.Fatalf("left over: %v", left)
			}
		}
		again()
	}
	k.tell(t, "cache gc", "no live feature lost, store as before or finished")
}

func gcPhase(replaced, left bool) string {
	switch {
	case replaced:
		return "3 replaced"
	case left:
		return "2 new file begun"
	}
	return "1 before"
}

func TestKillRun(t *testing.T) {
	set := newFaultSet(t)
	want := set.reference(t)
	path, out := filepath.Join(set.dir, "f.db"), filepath.Join(set.dir, "out")
	fresh := func() { removeAll(t, path, out) }
	files := func() int64 {
		n := int64(0)
		_ = filepath.WalkDir(out, func(string, fs.DirEntry, error) error { n++; return nil })
		return n
	}
	k := newKiller(t, set.rng, fresh, files, set.night(path, out, 0))
	kept, published := 0, ""
	for n := trials(t, 6); k.goOn(n); {
		args := set.night(path, out, k.tried)
		landed := k.kill(t, args)
		features, _ := want.check(t, path)
		if features < kept {
			t.Fatalf("%d features where %d were committed", features, kept)
		}
		kept = features
		now := publishedNight(t, out)
		if published != "" && now == "" {
			t.Fatalf("%s was published, and nothing is now", published)
		}
		if landed {
			k.phases[runPhase(t, out, features == len(want), now != published)]++
		}
		published = now
		if k.tried%5 == 0 {
			must(t, args...)
			want.whole(t, path)
			checkHead(t, set, out, k.tried-1)
			fresh()
			kept, published = 0, ""
		}
	}
	last := set.night(path, out, 7)
	must(t, last...)
	checkHead(t, set, out, 7)
	k.tell(t, "run", "no feature lost, what is published always whole, the next night as if undisturbed")
}

// publishedNight names the published run, and requires that all runs are complete.
func publishedNight(t *testing.T, out string) string {
	t.Helper()
	nights, _ := filepath.Glob(filepath.Join(out, "[0-9]*"))
	for _, night := range nights {
		for _, name := range []string{"head.safetensors", "history.json", "MODEL.md", "report.html", "run.json"} {
			if info, err := os.Stat(filepath.Join(night, name)); err != nil || info.Size() == 0 {
				t.Fatalf("half a night in %s: %s: %v", night, name, err)
			}
		}
		must(t, "export", "--format", "safetensors", "--head", night, "--file", filepath.Join(filepath.Dir(out), "copy.safetensors"))
	}
	current, err := os.Readlink(filepath.Join(out, "current"))
	if err != nil {
		return ""
	}
	if !slices.Contains(nights, filepath.Join(out, current)) {
		t.Fatalf("current leads to %s of %v", current, nights)
	}
	return current
}

func runPhase(t *testing.T, out string, extracted, published bool) string {
	t.Helper()
	_, err := os.Stat(filepath.Join(out, ".tonight"))
	switch {
	case !extracted:
		return "1 extracting"
	case published:
		return "4 published"
	case err == nil:
		return "3 head on its way"
	}
	return "2 extracted"
}

// checkHead requires that the published head equals that of an undisturbed run.
func checkHead(t *testing.T, set faultSet, out string, seed int) {
	t.Helper()
	alone := filepath.Join(set.dir, "alone")
	removeAll(t, alone)
	must(t, set.night(filepath.Join(set.dir, "undisturbed.db"), alone, seed)...)
	got, err1 := os.ReadFile(filepath.Join(out, "current", "head.safetensors"))
	want, err2 := os.ReadFile(filepath.Join(alone, "current", "head.safetensors"))
	if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
		t.Fatalf("the published head is not an undisturbed one's: %v, %v", err1, err2)
	}
}
