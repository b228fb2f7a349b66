//go:build !unix || solaris || aix

package durable

import "os"

// lock reports that files can't be locked here, so no partial file is removed.
func lock(*os.File) bool { return false }
