package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"featurecache/cache/folder"
	"featurecache/head"
	"featurecache/pipeline/dataset"
	"featurecache/pipeline/train"
)

// madeUp is a report's input for so many classes, of which a share of the images is
// recognised.
func madeUp(t testing.TB, classes, perClass int, right float64) *input {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, uint64(classes)))
	in := &input{
		Made: time.Unix(1.6e9, 0), Scan: &folder.Scan{Root: "data", Views: 5},
		Facts:  []fact{{"Head", strings.Repeat("0123456789abcdef", 8)}, {"Options", "<b>not bold</b>"}},
		Times:  []fact{{"Training", "0.001 s"}},
		Scored: &dataset.Scored{Classes: classes},
		Picture: func(img *folder.Image) (image.Image, error) {
			if img.Stamp.Size == 0 {
				return nil, errors.New("open " + img.Path + ": no such file or directory")
			}
			return image.NewRGBA(image.Rect(0, 0, 224, 224)), nil
		},
	}
	for c := range classes {
		name := fmt.Sprintf("class %d", c)
		switch c {
		case 1:
			name = "<script>alert(1)</script> & \"Überlänge\" 蜂"
		case 2:
			name = strings.Repeat("Donaudampfschifffahrtsgesellschaft", 4)
		}
		in.Scan.Classes = append(in.Scan.Classes, name)
		if classes > 100 && c%10 != 0 {
			continue // classes without validation images happen, and the test is quicker
		}
		for i := range perClass {
			img := folder.Image{Path: fmt.Sprintf("val/%d/%s%d.jpg", c, strings.Repeat("long", 20), i), Split: folder.Val, Label: c}
			img.Stamp.Size = int64(i % 5)
			in.Images = append(in.Images, img)
			in.Labels = append(in.Labels, int32(c))
			row := make([]float32, classes)
			for k := range row {
				row[k] = float32(rng.NormFloat64())
			}
			if rng.Float64() < right {
				row[c] = 6 + 2*float32(rng.Float64())
			}
			in.Logits = append(in.Logits, row...)
		}
	}
	in.Scan.Images = in.Images
	in.Probabilities = in.Scored.Probabilities()
	for e := range 25 {
		lr := 0.001 * math.Pow(0.1, float64(e/7))
		in.Run.History = append(in.Run.History, head.Epoch{Epoch: e, LR: lr, TrainLoss: 2 / float64(e+1), TrainAcc: 0.9, ValLoss: 1, ValAcc: 0.8})
	}
	in.Run.BestEpoch = 3
	in.Seeds = []train.Run{in.Run, {Seed: 1, History: in.Run.History[:5]}}
	in.Summary = &head.Summary{Seeds: 2, Mean: 0.8, High: 1}
	in.Scan.Bad = []folder.BadImage{{Image: folder.Image{Path: "train/x\n\xff.jpg"}, Reason: "image is truncated"}}
	in.Scan.Ignored = []folder.Ignored{{Path: "train/notes.txt", Reason: "not an image's extension"}}
	in.Duplicates = &folder.Duplicates{
		InBothSplits: 7, UnderTwoLabels: 1,
		FirstInBothSplits:   []folder.Pair{{"train/<b>.jpg", "val/x\n.jpg"}},
		FirstUnderTwoLabels: []folder.Pair{{"train/1.jpg", "val/2.jpg"}},
	}
	return in
}

// cases are the reports that every check looks at.
func cases(t testing.TB) map[string]*input {
	bare := madeUp(t, 2, 20, 1)
	bare.Duplicates = &folder.Duplicates{Copies: 3}
	bare.Run, bare.Seeds, bare.Summary, bare.Times, bare.Scan.Bad, bare.Scan.Ignored = train.Run{}, nil, nil, nil, nil, nil
	return map[string]*input{
		"two classes":      madeUp(t, 2, 40, 0.8),
		"ten classes":      madeUp(t, 10, 20, 0.7),
		"thousand classes": madeUp(t, 1000, 1, 0.6),
		"one class":        madeUp(t, 1, 5, 1),
		"nothing wrong":    bare,
	}
}

func pageOf(t testing.TB, in *input) string {
	t.Helper()
	var page bytes.Buffer
	if err := render(&page, in); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestPages(t *testing.T) {
	for name, in := range cases(t) {
		t.Run(name, func(t *testing.T) {
			page := pageOf(t, in)
			for _, no := range []string{"<script", "http:", "https:", "NaN", "Inf", "ZgotmplZ", "<b>not", "%!", "-0<"} {
				if _, after, found := strings.Cut(page, no); found {
					t.Errorf("the page contains %q, then %.200s", no, after)
				}
			}
			// Nothing is loaded, and every picture has an alternative text.
			for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
				if !strings.HasPrefix(m[1], "data:") && !strings.HasPrefix(m[1], "#") {
					t.Errorf("the page loads %.80s", m[1])
				}
			}
			if images, alts := strings.Count(page, "<img "), len(regexp.MustCompile(`<img [^>]*alt="[^"]+`).FindAllString(page, -1)); images != alts {
				t.Errorf("%d images, %d with an alternative text", images, alts)
			}
			for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
				if !strings.Contains(page, `id="`+m[1]+`"`) {
					t.Errorf("the contents lead to %q, which is not there", m[1])
				}
			}
			balanced(t, page)
			if len(page) > 2<<20 {
				t.Errorf("the page has %d bytes", len(page))
			}
		})
	}
}

// balanced checks that every element is closed in its place.
func balanced(t *testing.T, page string) {
	t.Helper()
	_, body, _ := strings.Cut(page, "<body>")
	body, _, _ = strings.Cut(body, "</html>")
	d := xml.NewDecoder(strings.NewReader("<body>" + strings.ReplaceAll(body, "<br>", "")))
	d.Strict, d.Entity = false, xml.HTMLEntity
	var open []string
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local != "img" {
				open = append(open, e.Name.Local)
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				t.Fatalf("</%s> closes %v", e.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("left open: %v", open)
	}
}

func TestPageContents(t *testing.T) {
	page := pageOf(t, cases(t)["two classes"])
	for _, want := range []string{
		"All misclassified images", "image is truncated", `train/x\n\xff.jpg`, "no such file", "Mean of 2 seeds", "(score interval with Student&#39;s t)", "recall ≥\u00a095\u00a0%",
		"7 images are in both training and validation, which makes the accuracy look better than it is. The first 1:", "train/&lt;b&gt;.jpg", `val/x\n.jpg`,
		"1 image is under two labels, of which at least one is wrong.<", "in the data twice",
		">0.0001<", "data:image/jpeg", "not an image&#39;s extension", "Confusion matrix",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not contain %q", want)
		}
	}
	if page := pageOf(t, cases(t)["nothing wrong"]); !strings.Contains(page, "None: every validation image was classified correctly.") || strings.Contains(page, `id="learning"`) || strings.Contains(page, "in the data twice") {
		t.Error("a page without errors and history says otherwise")
	}
	if page := pageOf(t, cases(t)["thousand classes"]); !strings.Contains(page, "The other 980 classes") || !strings.Contains(page, "data:image/png") {
		t.Error("a page of a thousand classes shows them all")
	}
}

func TestNiceTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      []float64
	}{
		{0, 1, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{0, 24, []float64{0, 5, 10, 15, 20}},
		{0.9, 1, []float64{0.9, 0.92, 0.94, 0.96, 0.98, 1}},
		{0, 1e9, []float64{0, 2e8, 4e8, 6e8, 8e8, 1e9}},
	} {
		got := niceTicks(c.low, c.high)
		if len(got) != len(c.want) {
			t.Errorf("%v–%v: %v, want %v", c.low, c.high, got, c.want)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-9*c.high {
				t.Errorf("%v–%v: %v, want %v", c.low, c.high, got, c.want)
			}
		}
	}
}
