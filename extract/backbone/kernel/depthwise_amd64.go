//go:build amd64 && !purego

package kernel

import "featurecache/simd"

// The kernels are [Direct.directGeneric] of depthwise convolutions whose pixels come in
// runs, by columns of the kernel and stride of columns. Their tiles are two runs
// (AVX-512) or one (AVX2).

//go:noescape
func depthwiseAVX512x3Stride1(a *directArgs)

//go:noescape
func depthwiseAVX512x3Stride2(a *directArgs)

//go:noescape
func depthwiseAVX512x5Stride1(a *directArgs)

//go:noescape
func depthwiseAVX512x5Stride2(a *directArgs)

//go:noescape
func depthwiseAVX2x3Stride1(a *directArgs)

//go:noescape
func depthwiseAVX2x3Stride2(a *directArgs)

//go:noescape
func depthwiseAVX2x5Stride1(a *directArgs)

//go:noescape
func depthwiseAVX2x5Stride2(a *directArgs)

// runDepthwise computes a.tiles runs of one block of channels.
func (d *Direct) runDepthwise(level simd.Level, a *directArgs) {
	wide, strided := d.conv.KW == 5, d.conv.StrideW == 2
	if level == simd.AVX512 {
		a.tiles /= runTile
		switch {
		case wide && strided:
			depthwiseAVX512x5Stride2(a)
		case wide:
			depthwiseAVX512x5Stride1(a)
		case strided:
			depthwiseAVX512x3Stride2(a)
		default:
			depthwiseAVX512x3Stride1(a)
		}
		return
	}
	switch {
	case wide && strided:
		depthwiseAVX2x5Stride2(a)
	case wide:
		depthwiseAVX2x5Stride1(a)
	case strided:
		depthwiseAVX2x3Stride2(a)
	default:
		depthwiseAVX2x3Stride1(a)
	}
}
