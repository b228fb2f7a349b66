package folder

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// image is a file whose content is the hash of text; "" has not been read.
func image(path string, split Split, label int, text string) Image {
	img := Image{Path: path, Split: split, Label: label}
	if text != "" {
		img.Content = sha256.Sum256([]byte(text))
	}
	return img
}

func TestFindDuplicates(t *testing.T) {
	got := FindDuplicates([]Image{
		image("train/a/1", Train, 0, "alone"),
		image("train/a/2", Train, 0, "leak"),
		image("train/a/3", Train, 0, "copied"),
		image("train/a/4", Train, 0, "copied"),
		image("train/a/5", Train, 0, "both"),
		image("train/a/6", Train, 0, ""),
		image("train/b/1", Train, 1, "two labels"),
		image("train/c/1", Train, 2, "two labels"),
		image("train/d/1", Train, 3, "two labels"), // the image has been counted
		image("val/a/1", Val, 0, "leak"),
		image("val/a/2", Val, 0, "leak"), // likewise
		image("val/a/3", Val, 0, ""),
		image("val/b/1", Val, 1, "both"),
		image("val/b/2", Val, 1, "two in val"),
		image("val/c/1", Val, 2, "two in val"),
	})
	want := &Duplicates{
		InBothSplits: 2, UnderTwoLabels: 3, Copies: 7,
		FirstInBothSplits:   []Pair{{"train/a/2", "val/a/1"}, {"train/a/5", "val/b/1"}},
		FirstUnderTwoLabels: []Pair{{"train/b/1", "train/c/1"}, {"train/a/5", "val/b/1"}, {"val/b/2", "val/c/1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	none := FindDuplicates(nil)
	if diff := cmp.Diff(&Duplicates{FirstInBothSplits: []Pair{}, FirstUnderTwoLabels: []Pair{}}, none); diff != "" {
		t.Error(diff)
	}
}

// A content may differ from another in its last byte only, and tables of any size wrap
// around: the counts are those of a map.
func TestFindDuplicatesAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		images := make([]Image, n)
		type seen struct {
			splits, labels map[int]bool
			files          int
		}
		contents := map[Content]*seen{}
		for i := range images {
			img := Image{Path: fmt.Sprint(i), Split: Split(rng.IntN(2)), Label: rng.IntN(3)}
			img.Content[0], img.Content[31] = byte(rng.IntN(3))-1, byte(1+rng.IntN(n))
			images[i] = img
			if contents[img.Content] == nil {
				contents[img.Content] = &seen{map[int]bool{}, map[int]bool{}, 0}
			}
			s := contents[img.Content]
			s.splits[int(img.Split)], s.labels[img.Label] = true, true
			s.files++
		}
		var want [3]int
		for _, s := range contents {
			if len(s.splits) == 2 {
				want[0]++
			}
			if len(s.labels) > 1 {
				want[1]++
			}
			want[2] += s.files - 1
		}
		d := FindDuplicates(images)
		if got := [3]int{d.InBothSplits, d.UnderTwoLabels, d.Copies}; got != want {
			t.Fatalf("%d images: %v, want %v", n, got, want)
		}
		if len(d.FirstInBothSplits) != min(want[0], mostPairs) || len(d.FirstUnderTwoLabels) != min(want[1], mostPairs) {
			t.Errorf("%d images: %d and %d pairs", n, len(d.FirstInBothSplits), len(d.FirstUnderTwoLabels))
		}
	}
}

// BenchmarkFindDuplicates is five million images, of which one in a hundred has a copy.
func BenchmarkFindDuplicates(b *testing.B) {
	images := make([]Image, 5_000_000)
	for i := range images {
		n := i
		if i%100 == 1 {
			n = i / 2
		}
		var text [8]byte
		binary.LittleEndian.PutUint64(text[:], uint64(n))
		images[i].Content = sha256.Sum256(text[:])
		images[i].Split = Split(i % 10 / 9)
	}
	b.ReportAllocs()
	for b.Loop() {
		FindDuplicates(images)
	}
}
