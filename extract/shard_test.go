package extract

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featurecache/cache/folder"
)

// Each image is in exactly one shard, and the shards are about equal.
func TestShardsCover(t *testing.T) {
	const images, count = 20_000, 7
	seen, sets := map[string]int{}, map[string]bool{}
	for i := 1; i <= count; i++ {
		scan := &folder.Scan{}
		for n := range images {
			scan.Images = append(scan.Images, folder.Image{Path: fmt.Sprintf("train/a/%d.jpg", n)})
		}
		Shard{i, count}.cut(scan)
		if n := len(scan.Images); n < images/count*9/10 || n > images/count*11/10 {
			t.Errorf("shard %d has %d of %d images", i, n, images)
		}
		for _, img := range scan.Images {
			seen[img.Path]++
		}
		s := scan.Shards
		if sets[s.Set] = true; s.Count != count || !cmp.Equal(s.Have, []int{i}) || s.Set == "" {
			t.Errorf("shard %d is noted as %+v", i, s)
		}
	}
	if len(sets) != 1 {
		t.Errorf("shards of one set have %d fingerprints", len(sets))
	}
	if len(seen) != images {
		t.Errorf("%d of %d images are in a shard", len(seen), images)
	}
	for path, n := range seen {
		if n != 1 {
			t.Fatalf("%s is in %d shards", path, n)
		}
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]Shard{"1/1": {1, 1}, "3/8": {3, 8}, "8/8": {8, 8}} {
		if got, err := ParseShard(text); err != nil || got != want {
			t.Errorf("%q: %v, error %v", text, got, err)
		}
	}
	for _, text := range []string{"", "/", "3", "0/8", "9/8", "-1/8", "1/0", "a/b", "1/2/3", "0/0"} {
		if got, err := ParseShard(text); err == nil {
			t.Errorf("%q: taken for %v", text, got)
		}
	}
}

// The same set has the same fingerprint wherever it lies; another set has another.
func TestFingerprint(t *testing.T) {
	const images = 40
	make1 := func(change func(path, text string) (string, string)) string {
		scan := &folder.Scan{Root: t.TempDir()}
		for i := range images {
			path, text := change(fmt.Sprintf("%02d.bmp", i), fmt.Sprintf("picture %02d", i))
			if text != "" {
				if err := os.WriteFile(filepath.Join(scan.Root, path), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			scan.Images = append(scan.Images, folder.Image{Path: path, Stamp: folder.Stamp{Size: int64(len(text))}})
		}
		return fingerprint(scan)
	}
	same := func(path, text string) (string, string) { return path, text }
	want := make1(same)
	if got := make1(same); got != want {
		t.Errorf("a copy has the fingerprint %s, not %s", got, want)
	}
	for name, change := range map[string]func(path, text string) (string, string){
		"one name":   func(p, s string) (string, string) { return strings.Replace(p, "17", "x17", 1), s },
		"one size":   func(p, s string) (string, string) { return p, strings.Replace(s, "17", "017", 1) },
		"contents":   func(p, s string) (string, string) { return p, strings.ToUpper(s) },
		"unreadable": func(p, s string) (string, string) { return p, "" },
	} {
		if got := make1(change); got == want {
			t.Errorf("%s: the same fingerprint", name)
		}
	}
}
