package folder

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func contentOf(i int) Content { return Content{byte(i + 1)} }

// testScan is a scan of four images in two classes.
func testScan() *Scan {
	scan := &Scan{Root: "/data", Time: time.Unix(1_800_000_000, 0), Views: 2, Seed: 7, Classes: []string{"ants", "bees"}}
	for i := range 4 {
		label := i % 2
		scan.Images = append(scan.Images, Image{Path: fmt.Sprintf("train/%s/%d.jpg", scan.Classes[label], i), Label: label, Content: contentOf(i)})
	}
	return scan
}

func TestJoin(t *testing.T) {
	base := testScan
	newer := func(change func(*Scan)) *Scan {
		s := base()
		s.Time = s.Time.Add(time.Hour)
		change(s)
		return s
	}
	path := base().Images[0].Path
	find := func(s *Scan) (content Content, reason string) {
		for _, img := range s.Images {
			if img.Path == path {
				return img.Content, ""
			}
		}
		for _, bad := range s.Bad {
			if bad.Path == path {
				return bad.Content, bad.Reason
			}
		}
		return Content{}, "gone"
	}
	toBad := func(s *Scan, c Content, reason string) {
		img := s.Images[0]
		img.Content = c
		s.Bad = append(s.Bad, BadImage{Image: img, Reason: reason})
		s.Images = s.Images[1:]
	}
	for name, c := range map[string]struct {
		a, b    *Scan
		content Content
		reason  string
	}{
		"same":                    {base(), newer(func(*Scan) {}), contentOf(0), ""},
		"newer content":           {base(), newer(func(s *Scan) { s.Images[0].Content = contentOf(9) }), contentOf(9), ""},
		"bad in one":              {base(), newer(func(s *Scan) { toBad(s, contentOf(0), "empty") }), contentOf(0), "empty"},
		"bad in the older":        {newer(func(*Scan) {}), func() *Scan { s := base(); toBad(s, contentOf(0), "empty"); return s }(), contentOf(0), "empty"},
		"unreadable in one":       {base(), newer(func(s *Scan) { toBad(s, Content{}, "permission denied") }), contentOf(0), ""},
		"mended":                  {func() *Scan { s := base(); toBad(s, contentOf(8), "empty"); return s }(), newer(func(*Scan) {}), contentOf(0), ""},
		"unreadable in the older": {func() *Scan { s := base(); toBad(s, Content{}, "permission denied"); return s }(), newer(func(*Scan) {}), contentOf(0), ""},
	} {
		for _, order := range [][2]*Scan{{c.a, c.b}, {c.b, c.a}} {
			j, err := Join(order[0], order[1])
			if err != nil {
				t.Fatal(err)
			}
			if content, reason := find(j); content != c.content || reason != c.reason {
				t.Errorf("%s: got %v, %q", name, content, reason)
			}
			if len(j.Images)+len(j.Bad) != 4 {
				t.Errorf("%s: %d images, %d bad", name, len(j.Images), len(j.Bad))
			}
			// The time is the earlier, which trusts fewer stamps, where an earlier stamp counts.
			if early := name == "unreadable in one"; j.Time.Equal(base().Time) != early {
				t.Errorf("%s: time %v", name, j.Time)
			}
		}
	}
	for name, spoil := range map[string]func(*Scan){
		"classes": func(s *Scan) { s.Classes = []string{"ants", "wasps"} },
		"seeds":   func(s *Scan) { s.Seed++ },
	} {
		if _, err := Join(base(), newer(spoil)); err == nil || !strings.Contains(err.Error(), name+" differ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
