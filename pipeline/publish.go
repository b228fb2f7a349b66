package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	currentName = "current"  // the published night: a link
	tonightName = ".tonight" // a night on its way
	removedName = ".removed-"
)

// nightName is a night's folder: a number, which orders the nights whatever the
// clock does, and the time, for people.
var nightName = regexp.MustCompile(`^([0-9]{6,})-[0-9]{8}T[0-9]{6}Z$`)

// outFolder is the folder that a nightly run publishes in:
//
//	current -> 000042-20261124T030007Z
//	000041-20261123T030006Z
//	000042-20261124T030007Z
//
// A night is made under another name and appears whole, by one rename; it is
// published by another, of the link. Readers follow the link once and then read
// from the folder it names, which no later night changes.
type outFolder string

// prepare makes the folder and clears away what a killed run has left.
func (o outFolder) prepare() error {
	if err := os.MkdirAll(string(o), 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(o.current())
	if err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s is not a link that a run has made: move it away, or choose another --out", o.current())
	}
	left, err := filepath.Glob(filepath.Join(globQuote(string(o)), removedName+"*"))
	if err != nil {
		return err
	}
	for _, path := range append(left, o.tonight()) {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

func (o outFolder) current() string          { return filepath.Join(string(o), currentName) }
func (o outFolder) tonight() string          { return filepath.Join(string(o), tonightName) }
func (o outFolder) night(name string) string { return filepath.Join(string(o), name) }

// published is the name of the published night's folder, "" when there is none.
func (o outFolder) published() (string, error) {
	target, err := os.Readlink(o.current())
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return filepath.Base(target), err
}

// nights lists the nights' folders from the oldest.
func (o outFolder) nights() ([]string, error) {
	entries, err := os.ReadDir(string(o))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && nightName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return nightNumber(a) - nightNumber(b) })
	return names, nil
}

func nightNumber(name string) int {
	n, _ := strconv.Atoi(nightName.FindStringSubmatch(name)[1]) // too large a number is still the last
	return n
}

// next is the name of a new night.
func (o outFolder) next(now time.Time) (string, error) {
	names, err := o.nights()
	number := 1
	if len(names) > 0 {
		number += nightNumber(names[len(names)-1])
	}
	return fmt.Sprintf("%06d-%s", number, now.UTC().Format("20060102T150405Z")), err
}

// keep puts the night that has been made in its place.
func (o outFolder) keep(name string) error {
	if err := os.Rename(o.tonight(), o.night(name)); err != nil {
		return err
	}
	return syncDir(string(o))
}

// publish points current to a night.
func (o outFolder) publish(name string) error {
	if err := replaceLink(name, o.current()); err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	return syncDir(string(o))
}

// prune removes all but the newest nights, and never the published one.
func (o outFolder) prune(keep int) error {
	names, err := o.nights()
	if err != nil || keep < 1 || len(names) <= keep {
		return err
	}
	published, err := o.published()
	if err != nil {
		return err
	}
	for _, name := range names[:len(names)-keep] {
		if name == published {
			continue
		}
		// First out of sight: half a night must not look like one.
		aside := o.night(removedName + name)
		if err := os.Rename(o.night(name), aside); err != nil {
			return err
		}
		if err := os.RemoveAll(aside); err != nil {
			return err
		}
	}
	return nil
}

// globQuote takes their meaning from a path's special characters.
func globQuote(path string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`, `\`, `\\`).Replace(path)
}
