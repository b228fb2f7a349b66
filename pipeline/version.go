package pipeline

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

// version names the program's build so that another program has another name. It
// is found out once, and only when it is asked for.
var version = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionOf(info, executable)
})

// Build is a line that names the program's build and its arithmetic: the version,
// which two different programs never share, the numerics of features and heads, and
// what it was compiled for.
func Build() string {
	return fmt.Sprintf("pipeline %s, features %s, head %s, %s %s/%s",
		version(), backbone.Numerics, head.Numerics, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionOf is the version of a build: its module's version and the compiler's,
// when they say what it was built from, which is when it was built from a clean
// checkout or from a published module. A build from other sources is named by the
// hash of its own file.
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

// unknown names a build that nothing tells from another: it is the same as none.
func unknown() string { return "unknown, started " + time.Now().UTC().Format(time.RFC3339Nano) }

// executable opens the program's own file. Linux tells which that is even after
// another has taken its name.
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
