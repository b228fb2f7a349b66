package view

import (
	"regexp"
	"strconv"
	"strings"
)

// nameParts matches the parts in which the names of two transforms differ.
var nameParts = regexp.MustCompile(`^train RandomResizedCrop\((\d{1,5}),.*; ` +
	`eval Resize\((\d{1,6})(x\d{1,6})?\) CenterCrop\(\d{1,5}( rounded down)?\); Pillow (\w+) [0-9.]+; ` +
	`mean ([^;]*) std ([^;]*);( channels BGR;)? EXIF orientation (ignored|` + exifApplied + `);`)

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
	t.Evaluation.Resize, _ = strconv.Atoi(part[2])
	t.Evaluation.Squash, t.Evaluation.RoundDown = part[3] != "", part[4] != ""
	interpolation, err := ParseInterpolation(part[5])
	t.Interpolation = interpolation
	mean, ok1 := parseTriple(part[6])
	std, ok2 := parseTriple(part[7])
	t.Mean, t.Std = mean, std
	t.BGR = part[8] != ""
	t.Decode.ExifOrientation = part[9] == exifApplied
	t = t.WithDefaults()
	return t, err == nil && ok1 && ok2 && t.Evaluation.Resize >= t.Size && t.Name(seed) == name
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
