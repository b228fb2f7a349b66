package view

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"testing"
)

// TestSine compares with math.Sin, and pins the bits: they must be the same on every
// machine.
func TestSine(t *testing.T) {
	hash := sha256.New()
	for i := -30000; i <= 30000; i++ {
		x := float64(i) / 30000 * 3 * pi
		got, want := sin(x), math.Sin(x)
		if unit := math.Nextafter(math.Abs(want), 2) - math.Abs(want); math.Abs(got-want) > max(3*unit, 1e-25) {
			t.Fatalf("sin %v is %v, want %v", x, got, want)
		}
		_ = binary.Write(hash, binary.LittleEndian, got)
	}
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != wantSines {
		t.Errorf("the bits are %s", got)
	}
}

const wantSines = "7e56bb09656adb7c386d1668ba0578da89dfc6c832cca0e780020449715ff71b"

// TestSquashLimit refuses a sliver whose weights would take gigabytes, and only if it is
// to be squashed.
func TestSquashLimit(t *testing.T) {
	sliver := []byte(fmt.Sprintf("P5\n%d 1\n255\n", maxSquashed+1))
	sliver = append(sliver, make([]byte, maxSquashed+1)...)
	squash := Transform{Evaluation: Evaluation{Squash: true}}.WithDefaults()
	if _, err := decodeNew(sliver, squash.Decode); !errors.Is(err, ErrTooLarge) {
		t.Errorf("squashed: %v", err)
	}
	if _, err := decodeNew(sliver, Transform{}.WithDefaults().Decode); err != nil {
		t.Errorf("cropped: %v", err)
	}
}
