//go:build !amd64 || purego

package winograd

import (
	"featurecache/simd"
)

func engineOf(simd.Level) engine { return generic }
