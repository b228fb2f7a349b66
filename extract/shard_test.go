package extract

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featurecache/cache"
	"featurecache/extract/imagefolder"
)

// Each image is in exactly one shard, and the shards are about equal.
func TestShardsCover(t *testing.T) {
	const images, count = 20_000, 7
	seen := map[string]int{}
	for i := 1; i <= count; i++ {
		tree := &imagefolder.Tree{}
		for n := range images {
			tree.Images = append(tree.Images, cache.Image{Path: fmt.Sprintf("train/a/%d.jpg", n)})
		}
		Shard{i, count}.cut(tree)
		if n := len(tree.Images); n < images/count*9/10 || n > images/count*11/10 {
			t.Errorf("shard %d has %d of %d images", i, n, images)
		}
		for _, img := range tree.Images {
			seen[img.Path]++
		}
		if s, err := ShardsOf(&cache.Scan{Ignored: tree.Ignored}); err != nil || !cmp.Equal(s, Shards{count, []int{i}}) {
			t.Errorf("shard %d is noted as %+v, error %v", i, s, err)
		}
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

func TestShardsJoin(t *testing.T) {
	s := func(count int, have ...int) Shards { return Shards{count, have} }
	for _, c := range []struct{ a, b, want Shards }{
		{s(4, 1), s(4, 3), s(4, 1, 3)},
		{s(4, 1, 3), s(4, 3, 2), s(4, 1, 2, 3)},
		{s(4, 1, 2, 3), s(0), s(0)}, // the whole is more than a part
		{s(2, 1), s(2, 2), s(2, 1, 2)},
	} {
		got, err := c.a.Join(c.b)
		if err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("%v and %v: %v, error %v", c.a, c.b, got, err)
		}
	}
	if _, err := s(4, 1).Join(s(5, 1)); err == nil {
		t.Error("shards of 4 and of 5 were joined")
	}
	scan := &cache.Scan{Ignored: []cache.Ignored{{Path: "notes.txt", Reason: "stray"}}}
	SetShards(scan, s(3, 1, 3))
	if got, err := ShardsOf(scan); err != nil || !cmp.Equal(got.Missing(), []int{2}) {
		t.Errorf("missing %v, error %v", got.Missing(), err)
	}
	SetShards(scan, s(3, 1, 2, 3))
	if got, err := ShardsOf(scan); err != nil || got.Count != 0 || len(scan.Ignored) != 1 {
		t.Errorf("whole: %+v, error %v, ignored %v", got, err, scan.Ignored)
	}
	scan.Ignored = []cache.Ignored{{Path: shardPath, Reason: shardReason + "x of 3"}}
	if _, err := ShardsOf(scan); err == nil {
		t.Error("nonsense was taken for shards")
	}
}
