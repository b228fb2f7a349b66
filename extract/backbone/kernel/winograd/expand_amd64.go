//go:build amd64 && !purego

package winograd

// These are [expandGeneric].

//go:noescape
func expandAVX512(a *expandArgs)

//go:noescape
func expandAVX2(a *expandArgs)
