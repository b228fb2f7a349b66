package imagefolder

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// alike maps names that a reader takes for the same to one name. They differ in the case
// of letters, or in Unicode's form: é is one code point (NFC) in a name that was typed on
// Linux, and e with an accent (NFD) in one from older macOS. A name that is not UTF-8 is
// only like itself.
func alike(name string) string {
	if !utf8.ValidString(name) {
		return name
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(name)))
}

// difference says how the names of two folders, a in dirA and b in dirB, differ that are
// alike.
func difference(dirA, a, dirB, b string) string {
	pathA, pathB := quote(dirA+a), quote(dirB+b)
	if norm.NFC.String(a) != norm.NFC.String(b) {
		return fmt.Sprintf("%s and %s differ only in upper and lower case", pathA, pathB)
	}
	return fmt.Sprintf("%s (%s) and %s (%s) look alike", pathA, bytesOf(a), pathB, bytesOf(b))
}

// bytesOf shows a name's bytes, in hexadecimal, and its Unicode form.
func bytesOf(name string) string {
	form := "mixed form"
	switch {
	case norm.NFC.IsNormalString(name):
		form = "NFC"
	case norm.NFD.IsNormalString(name):
		form = "NFD"
	}
	const most = 48
	if len(name) > most {
		return fmt.Sprintf("% x …, %s", name[:most], form)
	}
	return fmt.Sprintf("% x, %s", name, form)
}

// Lookalikes describes the pairs of classes that are different but whose names look the
// same, in the order of the classes. Such a pair is nearly always one class in two folders.
func Lookalikes(classes []string) (pairs []string) {
	first := map[string]string{}
	for _, c := range classes {
		if earlier, ok := first[alike(c)]; ok {
			pairs = append(pairs, difference("", earlier, "", c))
			continue
		}
		first[alike(c)] = c
	}
	return pairs
}
