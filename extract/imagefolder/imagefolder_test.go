package imagefolder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featurecache/cache/folder"
	"featurecache/testdata"
)

// makeTree makes files, folders (names that end in a slash) and links ("a -> b").
func makeTree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, n := range names {
		name, target, isLink := strings.Cut(n, " -> ")
		path := filepath.Join(root, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(filepath.FromSlash(target), path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o700)
		default:
			err = os.WriteFile(path, []byte(name), 0o600)
		}
		if err != nil {
			testdata.Missing(t, "this file system can't hold %q: %v: set TMPDIR to a folder that can", n, err)
		}
	}
	return root
}

// good is the least that is a data set.
var good = []string{"train/ants/1.jpg", "train/bees/1.jpg", "val/ants/1.jpg", "val/bees/1.jpg"}

func with(more ...string) []string { return append(append([]string(nil), good...), more...) }

func scan(t *testing.T, root string, ext ...string) *folder.Scan {
	t.Helper()
	tree, err := Scan(context.Background(), root, Options{Extensions: ext})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func paths(images []folder.Image) (p []string) {
	for _, img := range images {
		p = append(p, img.Path)
	}
	return p
}

func TestOrderAndLabels(t *testing.T) {
	root := makeTree(t, with(
		"train/bees/b/2.jpg", "train/bees/b-b/3.jpg", "train/bees/b/c/4.PNG", "train/bees/0.JPEG", "train/bees/A.webp",
		"train/Wasps/1.jpg", "val/Wasps/1.jpg", "val/bees/.jpg")...)
	tree := scan(t, root)
	want := []string{
		"train/Wasps/1.jpg", "train/ants/1.jpg",
		"train/bees/0.JPEG", "train/bees/1.jpg", "train/bees/A.webp",
		// Folders by their whole path, in which '-' comes before '/'.
		"train/bees/b/2.jpg", "train/bees/b-b/3.jpg", "train/bees/b/c/4.PNG",
		"val/Wasps/1.jpg", "val/ants/1.jpg", "val/bees/.jpg", "val/bees/1.jpg",
	}
	if diff := cmp.Diff(want, paths(tree.Images)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Wasps", "ants", "bees"}, tree.Classes); diff != "" {
		t.Error(diff)
	}
	for _, img := range tree.Images {
		parts := strings.Split(img.Path, "/")
		if img.Split.String() != parts[0] || tree.Classes[img.Label] != parts[1] {
			t.Errorf("%s: split %v, label %d", img.Path, img.Split, img.Label)
		}
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(img.Path)))
		if err != nil {
			t.Fatal(err)
		}
		if img.Stamp.Size != info.Size() || img.Stamp.ModTimeNS != info.ModTime().UnixNano() {
			t.Errorf("%s: stamp %+v", img.Path, img.Stamp)
		}
		if (img.Stamp.Inode == 0) != (runtime.GOOS == "windows") {
			t.Errorf("%s: inode %d", img.Path, img.Stamp.Inode)
		}
		if img.Content != (folder.Content{}) {
			t.Errorf("%s: has a content", img.Path)
		}
	}
}

func TestIgnored(t *testing.T) {
	root := makeTree(t, with(
		"README.md", "test/ants/1.jpg", ".DS_Store",
		"train/notes.txt", "train/stray.jpg", "train/.ipynb_checkpoints/1.jpg", "val/.hidden/1.jpg",
		"train/ants/imageNotFound.gif", "train/ants/._1.jpg", "train/ants/.git/x.jpg", "val/ants/noextension")...)
	tree := scan(t, root)
	if diff := cmp.Diff(good, paths(tree.Images)); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{
		"README.md": "only train and val", "test": "only train and val", ".DS_Store": "only train and val",
		"train/notes.txt": "not in a class", "train/stray.jpg": "not in a class",
		"train/.ipynb_checkpoints": "hidden folder", "val/.hidden": "hidden folder", "train/ants/.git": "hidden folder",
		"train/ants/imageNotFound.gif": "extension", "train/ants/._1.jpg": "macOS", "val/ants/noextension": "extension",
	}
	for _, ign := range tree.Ignored {
		if r, ok := want[ign.Path]; !ok || !strings.Contains(ign.Reason, r) {
			t.Errorf("%s is ignored: %s", ign.Path, ign.Reason)
		}
		delete(want, ign.Path)
	}
	if len(want) > 0 {
		t.Errorf("not said to be ignored: %v", want)
	}
	if diff := cmp.Diff([]string{"ants", "bees"}, tree.Classes); diff != "" {
		t.Error(diff)
	}
}

func TestMoreExtensions(t *testing.T) {
	root := makeTree(t, with("train/ants/2.gif", "train/ants/3.GIF", "train/ants/4.jxl")...)
	for _, ext := range []string{".gif", "GIF"} {
		if n := len(scan(t, root, ext).Images); n != 6 {
			t.Errorf("%s: %d images", ext, n)
		}
	}
	if _, err := Scan(context.Background(), root, Options{Extensions: []string{""}}); err == nil {
		t.Error("an empty extension was accepted")
	}
}

// "." takes files whose names have no dot: not the hidden ones, nor those that end in one.
func TestNoExtension(t *testing.T) {
	root := makeTree(t, with("train/ants/0a1b", "train/ants/0a1b.", "train/ants/.DS_Store", "train/ants/x.y/z", "train/ants/s.gif")...)
	want := []string{"train/ants/0a1b", "train/ants/1.jpg", "train/ants/s.gif", "train/ants/x.y/z"}
	if diff := cmp.Diff(want, paths(scan(t, root, ".", ".gif").Images)[:4]); diff != "" {
		t.Error(diff)
	}
}

// The files that were passed over are named, so that others can look at them.
func TestNoImagesError(t *testing.T) {
	root := makeTree(t, with("train/wasps/b.jfif", "train/wasps/a", "train/ants/notes.txt", "val/wasps/x/c.jfif")...)
	_, err := Scan(context.Background(), root, Options{})
	var none *NoImagesError
	if !errors.As(err, &none) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"train/wasps/a", "train/wasps/b.jfif", "val/wasps/x/c.jfif"}, none.PassedOver); diff != "" {
		t.Error(diff)
	}
}

// Each name has one twin at most; the others are lacking.
func TestTwins(t *testing.T) {
	problems := sameClasses([]string{"ANTS", "Ants", "bees"}, []string{"aNTS", "antS", "ants", "wasps"})
	want := "train/ANTS and val/aNTS differ only in upper and lower case, but are two classes: rename one; " +
		"train/Ants and val/antS differ only in upper and lower case, but are two classes: rename one; " +
		"val lacks the class bees; train lacks the class ants; train lacks the class wasps"
	if diff := cmp.Diff(want, oneLine(problems)); diff != "" {
		t.Error(diff)
	}
}

func TestLookalikes(t *testing.T) {
	got := Lookalikes([]string{"Ants", "ants", "bees", "caf\xc3\xa9", "cafe\xcc\x81", "cafe", "\xff", "\xfe"})
	want := []string{
		"Ants and ants differ only in upper and lower case",
		"café (63 61 66 c3 a9, NFC) and cafe\u0301 (63 61 66 65 cc 81, NFD) look alike",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLayoutErrors(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		want  []string
	}{
		"nothing":          {nil, []string{"no folder train", "no folder val"}},
		"no val":           {[]string{"train/ants/1.jpg"}, []string{"no folder val"}},
		"no classes":       {[]string{"train/1.jpg", "val/ants/1.jpg"}, []string{"no class folders in train"}},
		"only hidden":      {[]string{"train/.x/1.jpg", "val/ants/1.jpg"}, []string{"no class folders in train"}},
		"missing in val":   {with("train/wasps/1.jpg"), []string{"val lacks the class wasps"}},
		"missing in train": {with("val/wasps/1.jpg", "val/hornets/1.jpg"), []string{"train lacks the class hornets", "train lacks the class wasps"}},
		"empty class":      {with("train/wasps/", "val/wasps/1.jpg"), []string{"train/wasps has no images: not"}},
		"class of one":     {with("train/wasps/x/a.txt", "val/wasps/1.jpg"), []string{"train/wasps has no images, but 1 file was passed over: 1 .txt (x/a.txt)"}},
		"class of others": {
			with("train/wasps/a.jfif", "train/wasps/b.JFIF", "train/wasps/c", "train/wasps/d.heic", "train/wasps/._e.jfif", "train/wasps/.f/g.jfif", "val/wasps/h i.jfif"),
			[]string{
				"train/wasps has no images, but 4 files were passed over: 2 .jfif, 1 without an extension, 1 .heic (a.jfif, b.JFIF, c and 1 more)",
				`val/wasps has no images, but 1 file was passed over: 1 .jfif ("h i.jfif")`,
			}},
		"classes that look alike": {
			with("train/caf\xc3\xa9/1.jpg", "val/cafe\xcc\x81/1.jpg"),
			[]string{"train/café (63 61 66 c3 a9, NFC) and val/cafe\u0301 (63 61 66 65 cc 81, NFD) look alike, but are two classes: rename one: not an"}},
		"classes of other case": {
			with("train/Wasps/1.jpg", "val/wasps/1.jpg", "val/hornets/1.jpg"),
			[]string{"train/Wasps and val/wasps differ only in upper and lower case, but are two classes: rename one; train lacks the class hornets: not"}},
		"odd name": {with("train/wa\nsps/1.jpg"), []string{`val lacks the class "wa\nsps"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Scan(context.Background(), makeTree(t, c.files...), Options{})
			if !errors.Is(err, errLayout) {
				t.Fatalf("got %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), "not an image folder") != 1 {
				t.Errorf("not one line: %v", err)
			}
		})
	}
	if _, err := Scan(context.Background(), filepath.Join(t.TempDir(), "absent"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent root: %v", err)
	}
}

func TestManyProblemsAreCutShort(t *testing.T) {
	files := good
	for c := 'a'; c <= 'z'; c++ {
		files = with(append(files[4:], "train/"+string(c)+"/1.jpg")...)
	}
	_, err := Scan(context.Background(), makeTree(t, files...), Options{})
	if err == nil || !strings.Contains(err.Error(), "and 16 more") {
		t.Errorf("got %v", err)
	}
}

func TestLinks(t *testing.T) {
	elsewhere := makeTree(t, "pictures/1.jpg", "pictures/2.jpg", "pictures/a.txt")
	root := makeTree(t, with(
		"train/ants/far -> "+elsewhere+"/pictures",
		"train/ants/near.jpg -> 1.jpg",
		"train/ants/loop -> .", "train/ants/x/up -> ../..", "train/ants/x/1.jpg",
		"train/ants/gone.jpg -> nowhere.jpg", "train/ants/gone -> nowhere", "train/ants/self.jpg -> self.jpg",
		"train/note -> nowhere",
		"train/wasps -> "+elsewhere+"/pictures", "val/wasps -> "+elsewhere+"/pictures")...)
	tree := scan(t, root)
	want := []string{
		"train/ants/1.jpg", "train/ants/near.jpg", "train/ants/far/1.jpg", "train/ants/far/2.jpg", "train/ants/x/1.jpg",
		"train/bees/1.jpg", "train/wasps/1.jpg", "train/wasps/2.jpg",
		"val/ants/1.jpg", "val/bees/1.jpg", "val/wasps/1.jpg", "val/wasps/2.jpg",
	}
	if diff := cmp.Diff(want, paths(tree.Images)); diff != "" {
		t.Error(diff)
	}
	var bad []string
	for _, b := range tree.Bad {
		bad = append(bad, b.Path+": "+b.Reason)
		if b.Label != 0 || b.Split != folder.Train {
			t.Errorf("%+v", b)
		}
	}
	if len(bad) != 2 || !strings.Contains(strings.Join(bad, "\n"), "train/ants/gone.jpg: broken link: no such file") {
		t.Errorf("bad: %q", bad)
	}
	loops := 0
	for _, ign := range tree.Ignored {
		if strings.Contains(ign.Reason, "a link to a folder that it is in") {
			loops++
		}
	}
	if loops != 2 {
		t.Errorf("%d loops in %v", loops, tree.Ignored)
	}
}

func TestStrangeNames(t *testing.T) {
	root := makeTree(t, with("train/ants/a\nb.jpg", "train/ants/\xff\xfe.jpg", "train/ants/name with spaces and ünïcodeあ.jpg")...)
	want := []string{"train/ants/1.jpg", "train/ants/a\nb.jpg", "train/ants/name with spaces and ünïcodeあ.jpg", "train/ants/\xff\xfe.jpg"}
	if diff := cmp.Diff(want, paths(scan(t, root).Images)[:4]); diff != "" {
		t.Error(diff)
	}
}

func TestUnreadableFolder(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("everything is readable here")
	}
	root := makeTree(t, with("train/ants/closed/2.jpg")...)
	closed := filepath.Join(root, "train", "ants", "closed")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(closed, 0o700) }()
	_, err := Scan(context.Background(), root, Options{})
	if err == nil || !strings.Contains(err.Error(), "train/ants/closed") || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("got %v", err)
	}
}

func TestManyFilesInOneFolder(t *testing.T) {
	root := makeTree(t, good...)
	for i := range 1100 {
		if err := os.WriteFile(filepath.Join(root, "train", "ants", "f"+pad(i)+".jpg"), make([]byte, i%11), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tree := scan(t, root)
	if len(tree.Images) != 1104 {
		t.Fatalf("%d images", len(tree.Images))
	}
	for i, img := range tree.Images[1:1101] {
		if img.Path != "train/ants/f"+pad(i)+".jpg" || img.Stamp.Size != int64(i%11) {
			t.Fatalf("image %d is %+v", i, img)
		}
	}
}

func pad(i int) string {
	return string([]byte{byte('0' + i/1000%10), byte('0' + i/100%10), byte('0' + i/10%10), byte('0' + i%10)})
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Scan(ctx, makeTree(t, good...), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAntsAndBees(t *testing.T) {
	tree := scan(t, testdata.Shared(t, "data", "hymenoptera"))
	var n [2]int
	for _, img := range tree.Images {
		n[img.Split]++
	}
	if n != [2]int{244, 153} {
		t.Errorf("%v images", n)
	}
	if diff := cmp.Diff([]string{"ants", "bees"}, tree.Classes); diff != "" {
		t.Error(diff)
	}
	want := []folder.Ignored{{Path: "train/ants/imageNotFound.gif", Reason: "not an image's extension"}}
	if diff := cmp.Diff(want, tree.Ignored); diff != "" {
		t.Error(diff)
	}
	if n := len(scan(t, tree.Root, ".gif").Images); n != 398 {
		t.Errorf("%d images with GIFs", n)
	}
}
