//go:build amd64 && !purego

package winograd

import (
	"featurecache/simd"
)

// engineOf is the instruction set's kernels.
func engineOf(l simd.Level) engine {
	switch l {
	case simd.AVX512:
		return engine{tiles: 14, input: inputAVX512, product: productAVX512, output: outputAVX512, expand: expandAVX512, rearrange: rearrangeAVX512}
	case simd.AVX2:
		return engine{tiles: 6, input: inputAVX2, product: productAVX2, output: outputAVX2, expand: expandAVX2, rearrange: rearrangeAVX2}
	}
	return generic
}

func inputAVX512(a *inputArgs) {
	switch a.taps {
	case 2:
		input2AVX512(a)
	case 3:
		input3AVX512(a)
	case 4:
		input4AVX512(a)
	}
}

func outputAVX512(a *outputArgs) {
	switch a.taps {
	case 2:
		output2AVX512(a)
	case 3:
		output3AVX512(a)
	case 4:
		output4AVX512(a)
	}
}

func inputAVX2(a *inputArgs) {
	switch a.taps {
	case 2:
		input2AVX2(a)
	case 3:
		input3AVX2(a)
	case 4:
		input4AVX2(a)
	}
}

func outputAVX2(a *outputArgs) {
	switch a.taps {
	case 2:
		output2AVX2(a)
	case 3:
		output3AVX2(a)
	case 4:
		output4AVX2(a)
	}
}

// These are [inputGeneric] for 2, 3 and 4 taps.

//go:noescape
func input2AVX512(a *inputArgs)

//go:noescape
func input3AVX512(a *inputArgs)

//go:noescape
func input4AVX512(a *inputArgs)

//go:noescape
func input2AVX2(a *inputArgs)

//go:noescape
func input3AVX2(a *inputArgs)

//go:noescape
func input4AVX2(a *inputArgs)

// These are [productGeneric].

//go:noescape
func productAVX512(a *productArgs)

//go:noescape
func productAVX2(a *productArgs)

// These are [outputGeneric] for 2, 3 and 4 taps.

//go:noescape
func output2AVX512(a *outputArgs)

//go:noescape
func output3AVX512(a *outputArgs)

//go:noescape
func output4AVX512(a *outputArgs)

//go:noescape
func output2AVX2(a *outputArgs)

//go:noescape
func output3AVX2(a *outputArgs)

//go:noescape
func output4AVX2(a *outputArgs)
