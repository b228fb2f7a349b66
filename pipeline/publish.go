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
	currentName = "current"  // a link to the published run's folder
	stagingName = ".tonight" // the folder of the run in progress; older versions clear it by this name
	lockName    = ".lock"    // see lockFile
	removedName = ".removed-"
)

// runName matches the name of a run's folder: a number, which orders the runs even when
// the clock is set back, and the time, for people.
var runName = regexp.MustCompile(`^([0-9]{6,})-[0-9]{8}T[0-9]{6}Z$`)

// outFolder is the folder that runs publish in:
//
//	current -> 000042-20261124T030007Z
//	000041-20261123T030006Z
//	000042-20261124T030007Z
//
// A run works in a folder of another name. One rename gives the finished folder its name,
// and another rename, of the link, publishes it. Readers resolve the link once and then
// read from that folder, which no later run changes.
type outFolder string

// prepare removes what a killed run has left behind.
func (o outFolder) prepare() error {
	info, err := os.Lstat(o.current())
	if err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s is not a link made by a run: move it away, or choose another --out", o.current())
	}
	_ = o.clear() // leftovers do no harm here; prune reports those that can't be removed
	return os.RemoveAll(o.staging())
}

// clear removes what an interrupted removal of a run, or replacement of the link, has left
// behind.
func (o outFolder) clear() error {
	var errs []error
	for _, name := range []string{removedName + "*", "." + currentName + "[0-9]*"} { // the second is renameio's temporary link
		left, err := filepath.Glob(filepath.Join(globQuote(string(o)), name))
		errs = append(errs, err)
		for _, path := range left {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}

func (o outFolder) current() string { return filepath.Join(string(o), currentName) }
func (o outFolder) staging() string { return filepath.Join(string(o), stagingName) }

// run is the path of a run's folder.
func (o outFolder) run(name string) string {
	if filepath.IsAbs(name) {
		return name // published by hand from elsewhere
	}
	return filepath.Join(string(o), name)
}

// published returns the name of the published run's folder, or "" when there is none. If
// somebody has pointed current to a folder that no run made, it returns the link's target.
func (o outFolder) published() (string, error) {
	target, err := os.Readlink(o.current())
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if name := filepath.Base(target); runName.MatchString(name) {
		return name, err
	}
	return target, err
}

// runs lists the runs' folders, the oldest first.
func (o outFolder) runs() ([]string, error) {
	entries, err := os.ReadDir(string(o))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && runName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return runNumber(a) - runNumber(b) })
	return names, nil
}

func runNumber(name string) int {
	n, _ := strconv.Atoi(runName.FindStringSubmatch(name)[1]) // a number that overflows still sorts last
	return n
}

// next returns the name for a new run.
func (o outFolder) next(now time.Time) (string, error) {
	names, err := o.runs()
	number := 1
	if len(names) > 0 {
		number += runNumber(names[len(names)-1])
	}
	return fmt.Sprintf("%06d-%s", number, now.UTC().Format("20060102T150405Z")), err
}

// keep gives the finished run's folder its name. The files' contents are on disk by now;
// their names must be too, before the folder gets its own.
func (o outFolder) keep(name string) error {
	if err := durable.SyncFolder(o.staging()); err != nil {
		return err
	}
	if err := os.Rename(o.staging(), o.run(name)); err != nil {
		return err
	}
	return durable.SyncFolder(string(o))
}

// publish points current to a run.
func (o outFolder) publish(name string) error {
	if err := replaceLink(name, o.current()); err != nil {
		return fmt.Errorf("publish %s: %w", name, err)
	}
	return durable.SyncFolder(string(o))
}

// prune removes old runs. It keeps the published run, the reference, the newest runs that
// passed the gate, and as many that were refused: after a month of refusals there must be
// something to go back to.
func (o outFolder) prune(keep int) error {
	if keep < 1 {
		return nil
	}
	names, err := o.runs()
	if err != nil {
		return err
	}
	baselines, err := o.baselines()
	if err != nil {
		return err
	}
	kept := map[string]bool{baselines.published: true, baselines.reference: true}
	count := map[bool]int{} // of kept runs, by whether they passed the gate
	for _, name := range slices.Backward(names) {
		record, err := readRecord(o.run(name))
		passed := err != nil || record.passed()
		if kept[name] || count[passed] == keep {
			continue
		}
		count[passed]++
		kept[name] = true
		if err == nil {
			kept[record.Reference] = true // needed if somebody goes back to this run
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

// remove renames a run's folder before it removes it, so that half a folder never looks
// like a run.
func (o outFolder) remove(name string) error {
	aside := o.run(removedName + name)
	if err := os.Rename(o.run(name), aside); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

// globQuote escapes the special characters of [filepath.Glob].
func globQuote(path string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`, `\`, `\\`).Replace(path)
}
