package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"featurecache/cache/folder"
)

// A Key names one feature within a space: the image, by its content, and the view of it
// that the backbone read.
type Key struct {
	Content folder.Content
	View    uint32 // 0 is the evaluation view, 1 and up are training draws
}

// String is a short form for messages: the hash's first digits and the view.
func (k Key) String() string {
	return fmt.Sprintf("image %s… view %d", hex.EncodeToString(k.Content[:8]), k.View)
}

// A Space holds everything besides the image and the view that shapes a feature. A space
// is found by the hash of these fields, its [SpaceID], so features of different spaces
// are never mixed up.
type Space struct {
	Backbone  [32]byte // hash of the model file
	Feature   string   // name of the tensor that is kept
	Transform string   // everything that shapes the network's input, with its version and seed
	Numerics  string   // version of the arithmetic; changes whenever any bit of a feature may
	Width     int      // float32 values in a feature
	Model     string   // the model's file name, for messages; not part of the identity
}

// A SpaceID is the hash of the fields of a [Space] that shape a feature.
type SpaceID [32]byte

// String is a short form of the hash: twelve hexadecimal digits.
func (id SpaceID) String() string { return hex.EncodeToString(id[:6]) }

const spaceDomain = "featurecache space 1\n"

// maxWidth is the largest width of a space, so that sizes never overflow.
const maxWidth = 1 << 20

// ID is the SHA-256 of a domain line and the fields that shape a feature, in order, with
// texts preceded by their lengths.
func (s Space) ID() SpaceID { return sha256.Sum256(s.identity()) }

func (s Space) identity() []byte {
	b := append([]byte(spaceDomain), s.Backbone[:]...)
	for _, t := range []string{s.Feature, s.Transform, s.Numerics} {
		b = appendText(b, t)
	}
	return binary.LittleEndian.AppendUint32(b, uint32(s.Width))
}

func (s Space) validate() error {
	if s.Width < 1 || s.Width > maxWidth {
		return fmt.Errorf("cache: a feature of %d values is outside 1…%d", s.Width, maxWidth)
	}
	return nil
}

// difference names the first field in which two spaces differ, with both values, or is
// empty if they are the same space.
func (s Space) difference(o Space) string {
	switch {
	case s.Backbone != o.Backbone:
		return fmt.Sprintf("backbone %x… (%s) and %x… (%s)", s.Backbone[:6], s.Model, o.Backbone[:6], o.Model)
	case s.Feature != o.Feature:
		return fmt.Sprintf("feature %q and %q", s.Feature, o.Feature)
	case s.Transform != o.Transform:
		return fmt.Sprintf("transform %q and %q", s.Transform, o.Transform)
	case s.Numerics != o.Numerics:
		return fmt.Sprintf("numerics %q and %q", s.Numerics, o.Numerics)
	case s.Width != o.Width:
		return fmt.Sprintf("width %d and %d", s.Width, o.Width)
	}
	return ""
}

// encodeSpace encodes a description: the identity's fields, the model's name and the time
// of creation.
func encodeSpace(s Space, createdNS int64) []byte {
	b := s.identity()[len(spaceDomain):]
	b = appendText(b, s.Model)
	return binary.LittleEndian.AppendUint64(b, uint64(createdNS))
}

func decodeSpace(b []byte) (s Space, createdNS int64, err error) {
	d := decoder{b: b}
	d.fixed(s.Backbone[:])
	s.Feature, s.Transform, s.Numerics = d.text(), d.text(), d.text()
	s.Width = int(d.uint32())
	s.Model = d.text()
	createdNS = int64(d.uint64())
	if err := d.finish(); err != nil {
		return Space{}, 0, err
	}
	return s, createdNS, s.validate()
}
