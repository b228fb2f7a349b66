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

	"featurecache/cache/durable"
)

const (
	currentName = "current"  // the published night: a link
	tonightName = ".tonight" // a night on its way
	lockName    = ".lock"    // see lockFile
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

// prepare clears away what a killed run has left.
func (o outFolder) prepare() error {
	info, err := os.Lstat(o.current())
	if err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s is not a link that a run has made: move it away, or choose another --out", o.current())
	}
	_ = o.clear() // what can't be removed stands in nobody's way; prune will tell
	return os.RemoveAll(o.tonight())
}

// clear removes what is left where removing a night, or replacing the link, was cut
// off.
func (o outFolder) clear() error {
	var errs []error
	for _, name := range []string{removedName + "*", "." + currentName + "[0-9]*"} { // the second is renameio's
		left, err := filepath.Glob(filepath.Join(globQuote(string(o)), name))
		errs = append(errs, err)
		for _, path := range left {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}

func (o outFolder) current() string { return filepath.Join(string(o), currentName) }
func (o outFolder) tonight() string { return filepath.Join(string(o), tonightName) }

// night is the path of a night's folder.
func (o outFolder) night(name string) string {
	if filepath.IsAbs(name) {
		return name // one that somebody has published by hand
	}
	return filepath.Join(string(o), name)
}

// published is the name of the published night's folder, "" when there is none. When
// somebody has pointed current to a folder that is no night, the name is what the
// link says.
func (o outFolder) published() (string, error) {
	target, err := os.Readlink(o.current())
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if name := filepath.Base(target); nightName.MatchString(name) {
		return name, err
	}
	return target, err
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

// keep puts the night that has been made in its place. Its files are on disk by
// now; so must be their names, before the folder gets its own.
func (o outFolder) keep(name string) error {
	if err := durable.SyncFolder(o.tonight()); err != nil {
		return err
	}
	if err := os.Rename(o.tonight(), o.night(name)); err != nil {
		return err
	}
	return durable.SyncFolder(string(o))
}

// publish points current to a night.
func (o outFolder) publish(name string) error {
	if err := replaceLink(name, o.current()); err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	return durable.SyncFolder(string(o))
}

// prune keeps, besides the published night and the reference, the newest nights that
// the gate let through and as many that it refused: a month of refusals must not
// leave nothing to go back to. The others it removes.
func (o outFolder) prune(keep int) error {
	if keep < 1 {
		return nil
	}
	names, err := o.nights()
	if err != nil {
		return err
	}
	standing, err := o.standing()
	if err != nil {
		return err
	}
	kept := map[string]bool{standing.published: true, standing.reference: true}
	count := map[bool]int{} // by what the gate said
	for _, name := range slices.Backward(names) {
		night, err := readNight(o.night(name))
		passed := err != nil || night.passed()
		if kept[name] || count[passed] == keep {
			continue
		}
		count[passed]++
		kept[name] = true
		if err == nil {
			kept[night.Reference] = true // whoever goes back to the night needs it
		}
	}
	errs := []error{o.clear()}
	for _, name := range names {
		if !kept[name] {
			errs = append(errs, o.remove(name))
		}
	}
	return errors.Join(errs...)
}

// remove removes a night: first out of sight, for half of one must not look like one.
func (o outFolder) remove(name string) error {
	aside := o.night(removedName + name)
	if err := os.Rename(o.night(name), aside); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

// globQuote takes their meaning from a path's special characters.
func globQuote(path string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`, `\`, `\\`).Replace(path)
}
