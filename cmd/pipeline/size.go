package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is a number of bytes on the command line: 800MB, 1GiB, 1.5G.
type size int64

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *size) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	number := strings.TrimRight(word, "KMGTPiBkmgtpb")
	unit, ok := map[string]float64{
		"": 1, "b": 1,
		"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
		"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	}[strings.ToLower(word[len(number):])]
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if n *= unit; !ok || err != nil || !(n >= 0 && n < math.MaxInt64) {
		return fmt.Errorf("%q is not a size: want a number with a unit, such as 1GiB or 800MB", word)
	}
	*s = size(n)
	return nil
}
