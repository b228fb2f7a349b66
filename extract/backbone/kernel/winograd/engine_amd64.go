//go:build amd64 && !purego

package winograd

import "featurecache/extract/backbone/kernel"

func engineOf(kernel.Level) engine { return generic }
