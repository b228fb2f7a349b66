//go:build amd64 && !purego

package winograd

func expandAVX512(a *expandArgs) {
	switch a.kind {
	case kind3x3:
		expand3x3AVX512(a)
	case kind1x2:
		expand1x2AVX512(a)
	case kind2x2:
		expand2x2AVX512(a)
	case kind2x1:
		expand2x1AVX512(a)
	case kind1x1:
		expand1x1AVX512(a)
	}
}

func expandAVX2(a *expandArgs) {
	switch a.kind {
	case kind3x3:
		expand3x3AVX2(a)
	case kind1x2:
		expand1x2AVX2(a)
	case kind2x2:
		expand2x2AVX2(a)
	case kind2x1:
		expand2x1AVX2(a)
	case kind1x1:
		expand1x1AVX2(a)
	}
}

// These are [expandGeneric], each for its kind.

//go:noescape
func expand3x3AVX512(a *expandArgs)

//go:noescape
func expand1x2AVX512(a *expandArgs)

//go:noescape
func expand2x2AVX512(a *expandArgs)

//go:noescape
func expand2x1AVX512(a *expandArgs)

//go:noescape
func expand1x1AVX512(a *expandArgs)

//go:noescape
func expand3x3AVX2(a *expandArgs)

//go:noescape
func expand1x2AVX2(a *expandArgs)

//go:noescape
func expand2x2AVX2(a *expandArgs)

//go:noescape
func expand2x1AVX2(a *expandArgs)

//go:noescape
func expand1x1AVX2(a *expandArgs)
