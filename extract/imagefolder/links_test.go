package imagefolder

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Links to what train and val are in would let one class have another's images.
func TestLinksUpwards(t *testing.T) {
	const itself, others = "that it is in", "other classes are in"
	for name, c := range map[string]struct {
		files []string          // of a tree whose data set is in sets/data
		want  map[string]string // links that are ignored, and why
	}{
		"the folder above the root": {
			[]string{"sets/data/train/ants/up -> ../../..", "sets/data/val/bees/up -> ../../.."},
			map[string]string{"train/ants/up": itself, "val/bees/up": itself}},
		"two above":                {[]string{"sets/data/train/ants/up -> ../../../.."}, map[string]string{"train/ants/up": itself}},
		"the file system's root":   {[]string{"sets/data/train/ants/up -> /"}, map[string]string{"train/ants/up": itself}},
		"the root":                 {[]string{"sets/data/train/ants/up -> ../.."}, map[string]string{"train/ants/up": itself}},
		"train, in train":          {[]string{"sets/data/train/ants/up -> .."}, map[string]string{"train/ants/up": itself}},
		"train, in val":            {[]string{"sets/data/val/ants/x -> ../../train"}, map[string]string{"val/ants/x": others}},
		"val, in train":            {[]string{"sets/data/train/ants/x -> ../../val"}, map[string]string{"train/ants/x": others}},
		"train and val, as class":  {[]string{"sets/data/train/x -> ../val", "sets/data/val/x -> ../train"}, map[string]string{"train/x": others, "val/x": others}},
		"the root, as class":       {[]string{"sets/data/train/x -> ..", "sets/data/val/x -> ../.."}, map[string]string{"train/x": itself, "val/x": itself}},
		"by another link":          {[]string{"sets/data/train/ants/x -> ../../../../link", "link -> sets"}, map[string]string{"train/ants/x": itself}},
		"from elsewhere, upwards":  {[]string{"sets/data/train/ants/far -> ../../../../far/pictures", "far/pictures/a.txt", "far/pictures/up -> ../../sets"}, map[string]string{"train/ants/far/a.txt": "extension", "train/ants/far/up": itself}},
		"elsewhere, in a circle":   {[]string{"sets/data/train/ants/far -> ../../../../far/pictures", "far/pictures/up -> .."}, map[string]string{"train/ants/far/up": itself}},
		"back from elsewhere":      {[]string{"sets/data/train/ants/far -> ../../../../far", "far/back -> ../sets/data/train/ants"}, map[string]string{"train/ants/far/back": itself}},
		"above a train elsewhere":  {[]string{"sets/data/val/ants/x -> ../../../../far", "far/train/1.jpg"}, nil},
		"another class, by intent": {[]string{"sets/data/train/ants/more -> ../bees"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var files []string
			for _, f := range good {
				files = append(files, "sets/data/"+f)
			}
			root := makeTree(t, append(files, c.files...)...)
			tree := scan(t, filepath.Join(root, "sets", "data"))
			got := map[string]string{}
			for _, ign := range tree.Ignored {
				got[ign.Path] = ign.Reason
				if !strings.Contains(ign.Reason, c.want[ign.Path]) {
					t.Errorf("%s: %s, want %s", ign.Path, ign.Reason, c.want[ign.Path])
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("ignored: %v, want %v", got, c.want)
			}
			images := len(good)
			if c.want == nil {
				images++ // behind a link that is followed
			}
			if len(tree.Images) != images {
				t.Error("images:", paths(tree.Images))
			}
		})
	}
}

// The root, or train, may itself be a link: what is above them on the disk is above.
func TestLinksUpwardsOfLinks(t *testing.T) {
	root := makeTree(t,
		"big/set/train/ants/1.jpg", "disk/val/ants/1.jpg",
		"data -> big/set", "big/set/val -> ../../disk/val",
		"big/set/train/ants/named -> ../../../..", // the folder of the link data
		"big/set/train/ants/x -> ../../../../big", // of what it leads to
		"big/set/train/ants/y -> ../../../../disk")
	for _, given := range []string{"data", "big/set"} {
		tree := scan(t, filepath.Join(root, filepath.FromSlash(given)))
		if diff := cmp.Diff([]string{"train/ants/1.jpg", "val/ants/1.jpg"}, paths(tree.Images)); diff != "" {
			t.Errorf("%s: %s", given, diff)
		}
		if len(tree.Ignored) != 3 {
			t.Errorf("%s: ignored %v", given, tree.Ignored)
		}
	}
}
