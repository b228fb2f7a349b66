package graph

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// external says where a weight's raw data lies in another file.
type external struct {
	file           string
	offset, length int64 // length −1: as long as the shape says
}

// parseExternal reads the key-value pairs of TensorProto.external_data. Keys
// that it doesn't know (a checksum, say) are ignored.
func parseExternal(name string, pairs [][]byte) (*external, error) {
	e := &external{length: -1}
	for _, pair := range pairs {
		var key, value string
		err := eachField(pair, func(f field) error {
			switch f.id {
			case 1:
				key = string(f.bytes)
			case 2:
				value = string(f.bytes)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		switch key {
		case "location":
			e.file = value
		case "offset":
			e.offset, err = strconv.ParseInt(value, 10, 64)
		case "length":
			e.length, err = strconv.ParseInt(value, 10, 64)
		}
		if err != nil {
			return nil, invalid("weight %q: %s %q of its external data is not a number: export the model again", name, key, value)
		}
	}
	if !filepath.IsLocal(e.file) {
		return nil, invalid("weight %q has its data in %q, outside the model's folder, which is not allowed; save the model and its data in one folder", name, e.file)
	}
	return e, nil
}

// dataFile is a file beside the model that holds the data of weights.
type dataFile struct {
	name string
	data []byte
}

// readExternal reads those files, each once and only from inside dir, and gives each
// weight its slice of them. It returns the files in name order.
func (m *model) readExternal(dir string) ([]dataFile, error) {
	contents := make(map[string][]byte)
	for _, t := range m.tensors {
		if t.ext != nil {
			contents[t.ext.file] = nil
		}
	}
	if len(contents) == 0 {
		return nil, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var files []dataFile
	var total int64
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		data, err := readInside(root, name)
		if err != nil {
			return nil, err
		}
		contents[name] = data
		files = append(files, dataFile{name, data})
		total += int64(len(data))
	}
	return files, m.assign(contents, total)
}

// readInside reads a regular file. A symbolic link may lead to it only if it stays below
// root.
func readInside(root *os.Root, name string) ([]byte, error) {
	stat, err := root.Stat(name)
	if os.IsNotExist(err) {
		return nil, invalid("its weights are in %q, which is missing: put that file beside the model", name)
	}
	if err != nil {
		return nil, invalid("its weights are in %q, which can't be read from inside the model's folder: put a copy of that file beside the model (%w)", name, err)
	}
	if !stat.Mode().IsRegular() {
		return nil, invalid("its weights are in %q, which is not a regular file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	defer f.Close()
	data := make([]byte, stat.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("read weights from %q: %w", name, err)
	}
	return data, nil
}

// assign gives each weight its bytes. With weights that share bytes, a small file could
// claim much memory, so all weights together may claim at most twice what the files hold.
func (m *model) assign(files map[string][]byte, total int64) error {
	var claimed int64
	for _, t := range m.tensors {
		if t.ext == nil {
			continue
		}
		n, _ := count(t.dims)
		size := n * t.typ.size()
		data := files[t.ext.file]
		have := int64(len(data))
		switch {
		case t.typ.size() == 0:
			continue
		case t.ext.length >= 0 && t.ext.length != size:
			return invalid("weight %q of shape %v needs %d bytes, but the model gives it %d of %q: export it again", t.name, t.dims, size, t.ext.length, t.ext.file)
		case t.ext.offset < 0 || t.ext.offset > have || size > have-t.ext.offset:
			return invalid("%q ends before weight %q (%d bytes at %d of %d): it is cut short, or belongs to another model", t.ext.file, t.name, size, t.ext.offset, have)
		}
		t.raw = data[t.ext.offset : t.ext.offset+size]
		if claimed += size; claimed > 2*total {
			return invalid("its weights use the same bytes of the data file several times over: export it again")
		}
	}
	return nil
}
