package view

import (
	"regexp"
	"strconv"
	"strings"
)

// nameParts matches the parts in which the names of two transforms differ.
var nameParts = regexp.MustCompile(`^train RandomResizedCrop\((\d{1,5}),.*; mean ([^;]*) std ([^;]*);( channels BGR;)? EXIF orientation (ignored|` + exifApplied + `);`)

// Named returns the transform whose [Transform.Name] with this seed is name. It reports
// false if there is none: another version of the program made the name, or another seed
// did.
func Named(name string, seed uint64) (Transform, bool) {
	part := nameParts.FindStringSubmatch(name)
	if part == nil {
		return Transform{}, false
	}
	var t Transform
	t.Size, _ = strconv.Atoi(part[1])
	t.BGR = part[4] != ""
	t.Decode.ExifOrientation = part[5] == exifApplied
	mean, ok1 := parseTriple(part[2])
	std, ok2 := parseTriple(part[3])
	t.Mean, t.Std = mean, std
	return t, ok1 && ok2 && t.Name(seed) == name
}

func parseTriple(s string) (v [3]float32, ok bool) {
	words := strings.Split(s, ",")
	if len(words) != len(v) {
		return v, false
	}
	for i, word := range words {
		x, err := strconv.ParseFloat(word, 32)
		if err != nil {
			return v, false
		}
		v[i] = float32(x)
	}
	return v, true
}
