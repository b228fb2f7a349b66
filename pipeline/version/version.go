// Package version names this build of the program: [Name] for records that must tell two
// builds apart, and [Line] for people.
package version

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"featurecache/extract/backbone"
	"featurecache/head"
)

// Name returns the name of this build. Two different builds never have the same name. It is
// computed at the first call.
var Name = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionOf(info, executable)
})

// Line returns the version, the numerics of features and heads, the compiler and the
// platform.
func Line() string {
	return fmt.Sprintf("pipeline %s, features %s, head %s, %s %s/%s",
		Name(), backbone.Numerics, head.Numerics, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionOf names a build from a clean checkout or a published module by the module's
// version, its revision or checksum, and the compiler. Any other build is named by the
// hash of the program's own file.
func versionOf(info *debug.BuildInfo, program func() (io.ReadCloser, error)) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	name := info.Main.Version
	switch revision := settings["vcs.revision"]; {
	case revision != "" && settings["vcs.modified"] == "false":
		return name + " " + revision + " " + info.GoVersion
	case info.Main.Sum != "":
		return name + " " + info.Main.Sum + " " + info.GoVersion
	}
	if name != "" {
		name += " "
	}
	f, err := program()
	if err != nil {
		return name + unknown()
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return name + unknown()
	}
	return name + "sha256=" + hex.EncodeToString(h.Sum(nil)[:6])
}

// unknown names a build that can't be identified: it never equals another.
func unknown() string { return "unknown, started " + time.Now().UTC().Format(time.RFC3339Nano) }

// executable opens the program's own file. On Linux /proc finds it even after another
// file has taken its name.
func executable() (io.ReadCloser, error) {
	if f, err := os.Open("/proc/self/exe"); err == nil {
		return f, nil
	}
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}
