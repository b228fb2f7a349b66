// Package trained reads and writes the file of a trained head: [Load] reads a head together
// with what it was trained on, and [Save] writes both.
package trained

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"featurecache/extract"
	"featurecache/head"
)

// FileName is the name of the head's file in the folder that fit writes.
const FileName = "head.safetensors"

// Head is a trained head and its file.
type Head struct {
	*head.Head
	File string
}

// Load reads a head from its file, or from the folder that fit wrote. Errors wrap those of
// [head.Load].
func Load(path string) (*Head, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, FileName)
	}
	h, err := head.Load(path)
	if err != nil {
		return nil, err
	}
	return &Head{h, path}, nil
}

// Save writes a head into a folder, with its provenance as metadata.
func Save(dir string, h *head.Head, p *Provenance) (*Head, error) {
	var err error
	if h.Meta, err = p.metadata(); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, FileName)
	return &Head{h, path}, h.Save(path)
}

// Features returns the provenance of the features that the head was trained on.
func (h *Head) Features() (extract.Provenance, error) {
	p, err := extract.ParseProvenance(h.Meta, h.In)
	if err != nil {
		err = fmt.Errorf("%s: %w: use a head that fit wrote", h.File, err)
	}
	return p, err
}

// Network loads and compiles the backbone that the head was trained on. Any other backbone
// is an error, because a head gives confident nonsense on another network's features.
func (h *Head) Network(backboneFile string) (*extract.Network, error) {
	p, err := h.Features()
	if err != nil {
		return nil, err
	}
	return p.Network(backboneFile)
}

// SHA256 is the hash of the head's file.
func (h *Head) SHA256() ([32]byte, error) {
	b, err := os.ReadFile(h.File)
	return sha256.Sum256(b), err
}
