package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"featurecache/cache"

	"go.etcd.io/bbolt"
)

// A patient is a damaged store, and the commands that open it.
type patient struct {
	set         faultSet
	whole       []byte // the store before
	path, head  string
	out         string
	npz, weight []byte // what export and fit make of the whole store
	met         map[string]int
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	set := newFaultSet(t)
	set.reference(t)
	at := func(name string) string { return filepath.Join(set.dir, name) }
	p := &patient{set: set, path: at("f.db"), head: at("trained"), out: at("results"), met: map[string]int{}}
	must(t, set.extract(p.path)...)
	addPages(t, p.path)
	must(t, "fit", "--quiet", "--cache", p.path, "--out", p.head, "--epochs", "2")
	must(t, "export", "--format", "npz", "--cache", p.path, "--file", at("f.npz"))
	for name, data := range map[string]*[]byte{"f.db": &p.whole, "f.npz": &p.npz, "trained/head.safetensors": &p.weight} {
		var err error
		if *data, err = os.ReadFile(at(name)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// addPages adds features of another space in many transactions, so that the store has
// branch pages and free pages.
func addPages(t *testing.T, path string) {
	t.Helper()
	s, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.NewWriter(cache.Space{Feature: "other", Transform: "none", Numerics: "none", Width: 4, Model: "none.onnx"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		key := cache.Key{Content: sha256.Sum256([]byte{byte(i)})}
		err = errors.Join(err, w.Put(key, []float32{1, 2, 3, 4}), w.Flush())
	}
	if err := errors.Join(err, w.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// kinds are bbolt's page types, by the flags in a page's header.
var kinds = map[uint16]string{1: "branch", 2: "leaf", 4: "meta", 16: "freelist"}

// pages sorts the store's pages by kind. Overflow pages hold features.
func (p *patient) pages(t *testing.T) map[string][]int {
	t.Helper()
	const size = 4096
	pages := map[string][]int{}
	for at := 0; at < len(p.whole); {
		header := p.whole[at:]
		kind, more := kinds[binary.LittleEndian.Uint16(header[8:])], int(binary.LittleEndian.Uint32(header[12:]))
		if kind == "" || more > len(p.whole)/size {
			kind, more = "free", 0
		}
		pages[kind] = append(pages[kind], at)
		for range more {
			at += size
			pages["features"] = append(pages["features"], at)
		}
		at += size
	}
	for _, kind := range append(slices.Collect(maps.Values(kinds)), "features") {
		if len(pages[kind]) == 0 {
			t.Fatalf("the store has no %s page", kind)
		}
	}
	return pages
}

// meet runs commands on the damaged bytes. A command either succeeds with the same
// result as on the undamaged store, or fails with one line that says what to do.
func (p *patient) meet(t *testing.T, what string, damaged []byte, names ...string) {
	t.Helper()
	for _, name := range names {
		removeAll(t, p.path, p.out)
		if err := errors.Join(os.Mkdir(p.out, 0o755), os.WriteFile(p.path, damaged, 0o644)); err != nil {
			t.Fatal(err)
		}
		doing := name + " on " + what
		r := do(storeCommands(p.set, p.path, p.head, p.out)[name]...)
		p.met[fmt.Sprintf("exit status %d", r.status)]++
		switch {
		case r.status == exitDone:
			p.sameResults(t, doing)
		case (name == "extract" || name == "run") && !says(r.stderr, "newer version", "name a file that extract made"):
			t.Errorf("%s: it does not mend the store: %s", doing, r.stderr)
		case r.status == exitManyBad && name == "predict": // an empty store lacks its feature
		case strings.HasPrefix(r.stdout, "damaged: "):
			r.oneLine(t, doing, exitFailed, "extract")
		default:
			r.oneLine(t, doing, exitFailed)
			if !says(r.stderr, "extract again", "run extract", "newer version", "name a file that extract made", "file is empty") {
				t.Errorf("%s: it does not say what to do: %s", doing, r.stderr)
			}
		}
		if name == "extract" && r.status == exitDone {
			p.fitOrSay(t, doing)
		}
	}
}

func says(text string, any ...string) bool {
	return slices.ContainsFunc(any, func(s string) bool { return strings.Contains(text, s) })
}

// sameResults compares the results that exist with those of the undamaged store.
func (p *patient) sameResults(t *testing.T, doing string) {
	t.Helper()
	for name, want := range map[string][]byte{"f.npz": p.npz, "head/head.safetensors": p.weight} {
		got, err := os.ReadFile(filepath.Join(p.out, name))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s: %s is not what the whole store gives", doing, name)
		}
	}
}

// fitOrSay trains after an extract that succeeded.
func (p *patient) fitOrSay(t *testing.T, doing string) {
	t.Helper()
	r := do(storeCommands(p.set, p.path, p.head, p.out)["fit"]...)
	if r.status == exitDone {
		p.sameResults(t, "fit after "+doing)
		return
	}
	p.met["fit after it refused what extract had not read, until repaired"]++
	r.oneLine(t, "fit after "+doing, exitFailed, "damaged", "verify --repair", "extract again")
	must(t, "cache", "verify", "--repair", "--cache", p.path)
	must(t, p.set.extract(p.path)...)
	must(t, storeCommands(p.set, p.path, p.head, p.out)["fit"]...)
	p.sameResults(t, "fit after the repair after "+doing)
}

// some picks two random commands, and extract.
func (p *patient) some() []string {
	names := slices.Sorted(maps.Keys(storeCommands(p.set, "", "", "")))
	p.set.rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return append(names[:2], "extract")
}

func (p *patient) tell(t *testing.T, fault string, tried int) {
	t.Helper()
	var ends []string
	for _, end := range slices.Sorted(maps.Keys(p.met)) {
		ends = append(ends, fmt.Sprintf("%s %d", end, p.met[end]))
	}
	tell(t, fault, tried, "no wrong result, no panic, one line each; commands: %s", strings.Join(ends, ", "))
	clear(p.met)
}

// TestDamagedPages flips bits on pages of every type.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	pages := p.pages(t)
	for _, kind := range slices.Sorted(maps.Keys(pages)) {
		tried := 0
		for range trials(t, 4) {
			tried++
			data := bytes.Clone(p.whole)
			at := pages[kind][p.set.rng.IntN(len(pages[kind]))]
			within := 4096
			if tried%2 == 0 {
				within = 64 // the page's header and first elements
			}
			for range 1 + p.set.rng.IntN(3) {
				data[at+p.set.rng.IntN(within)] ^= 1 << p.set.rng.IntN(8)
			}
			p.meet(t, fmt.Sprintf("a %s page with flipped bits at %d", kind, at), data, p.some()...)
		}
		p.tell(t, "bits flipped on a page: "+kind, tried)
	}
}

// TestDamagedFiles runs every command on files that are not complete stores.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	all := slices.Sorted(maps.Keys(storeCommands(p.set, "", "", "")))
	p.meet(t, "an empty file", nil, all...)
	p.tell(t, "store of length zero", 1)

	tried := 0
	for range trials(t, 6) {
		tried++
		names := p.some()
		p.meet(t, "a store cut short", p.whole[:1+p.set.rng.IntN(len(p.whole)-1)], names...)
	}
	p.tell(t, "store cut short", tried)

	future := newerVersion(t, p.whole)
	p.meet(t, "a store from a future version", future, all...)
	if left, err := os.ReadFile(p.path); err != nil || !bytes.Equal(left, future) {
		t.Error("a store from a future version has been changed")
	}
	p.tell(t, "store from a future version", 1)

	for what, data := range map[string][]byte{"text": []byte("hello"), "zeros": make([]byte, 1<<16), "noise": p.npz} {
		p.meet(t, what, data, all...)
		if left, err := os.ReadFile(p.path); err != nil || !bytes.Equal(left, data) {
			t.Errorf("%s has been changed", what)
		}
	}
	p.tell(t, "file that is no store", 3)
}

// newerVersion is the store with a higher version in its header, at the offset that
// package cache documents.
func newerVersion(t *testing.T, data []byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "newer.db")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o644, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		key := []byte("format")
		value := binary.LittleEndian.AppendUint32(nil, 1000)
		sum := crc32.Checksum(append(slices.Clone(key), value...), crc32.MakeTable(crc32.Castagnoli))
		return tx.Bucket([]byte("featurecache")).Put(key, binary.LittleEndian.AppendUint32(value, sum))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	newer, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return newer
}
