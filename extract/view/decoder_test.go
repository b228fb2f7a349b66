package view

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"featurecache/testdata"
)

// A Decoder that has decoded other files, also broken ones, gives the same as a new one.
func TestDecoderReusesMemory(t *testing.T) {
	dir := testdata.Shared(t, "golden")
	var files []string
	for _, pattern := range []string{"transforms/*.jpg", "transforms/*.png", "bad-images/*"} {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var d Decoder
	images := 0
	for range 2 {
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, wantErr := decodeNew(data, DecodeOptions{})
			got, err := d.Decode(data, DecodeOptions{})
			if wantErr != nil {
				if err == nil || err.Error() != wantErr.Error() {
					t.Errorf("%s: error %v, want %v", path, err, wantErr)
				}
				continue
			}
			images++
			if err != nil || got.Width != want.Width || got.Height != want.Height || !slices.Equal(got.Pix, want.Pix) {
				t.Errorf("%s: other pixels than a new decoder gives, error %v", path, err)
			}
		}
		slices.Reverse(files)
	}
	if images < 20 {
		t.Fatalf("only %d images: this would prove nothing", images)
	}
}

// The memory of a broken or a huge file is released.
func TestDecoderLetsGo(t *testing.T) {
	data, err := os.ReadFile(testdata.Shared(t, "golden", "transforms", "sub420.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	var d Decoder
	if _, err := d.Decode(data, DecodeOptions{}); err != nil || d.pix == nil {
		t.Fatalf("nothing is kept for the next: %v", err)
	}
	if _, err := d.Decode(data[:len(data)/2], DecodeOptions{}); !errors.Is(err, ErrTruncated) || d.pix != nil {
		t.Errorf("%d bytes are kept after %v", cap(d.pix), err)
	}
	d.pix = make([]uint8, keepAtMost+1)
	if _, err := d.Decode(data, DecodeOptions{}); err != nil || d.pix != nil {
		t.Errorf("%d bytes are kept: %v", cap(d.pix), err)
	}
}
