package main

import "testing"

func TestSize(t *testing.T) {
	for text, want := range map[string]size{
		"0": 0, "123": 123, "1GiB": 1 << 30, "1g": 1 << 30, "1.5 MiB": 3 << 19, "800MB": 800e6, "2k": 2048, "3B": 3,
	} {
		var got size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "1GG", "1XB", "NaN", "Inf", "1e30", "ten"} {
		var got size
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %d, want an error", text, got)
		}
	}
}
