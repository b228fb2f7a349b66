//go:build !amd64 || purego

package kernel

// accelerated is empty where there is no assembly.
var accelerated []*Set
