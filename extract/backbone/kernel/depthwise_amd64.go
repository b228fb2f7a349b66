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
func depthwiseAVX512x7Stride1(a *directArgs)

//go:noescape
func depthwiseAVX2x3Stride1(a *directArgs)

//go:noescape
func depthwiseAVX2x3Stride2(a *directArgs)

//go:noescape
func depthwiseAVX2x5Stride1(a *directArgs)

//go:noescape
func depthwiseAVX2x5Stride2(a *directArgs)

//go:noescape
func depthwiseAVX2x7Stride1(a *directArgs)

// runDepthwise computes a.tiles runs of one block of channels.
func (d *Direct) runDepthwise(level simd.Level, a *directArgs) {
	strided := d.conv.StrideW == 2
	if level == simd.AVX512 {
		a.tiles /= runTile
		switch {
		case d.conv.KW == 7:
			depthwiseAVX512x7Stride1(a)
		case d.conv.KW == 5 && strided:
			depthwiseAVX512x5Stride2(a)
		case d.conv.KW == 5:
			depthwiseAVX512x5Stride1(a)
		case strided:
			depthwiseAVX512x3Stride2(a)
		default:
			depthwiseAVX512x3Stride1(a)
		}
		return
	}
	switch {
	case d.conv.KW == 7:
		depthwiseAVX2x7Stride1(a)
	case d.conv.KW == 5 && strided:
		depthwiseAVX2x5Stride2(a)
	case d.conv.KW == 5:
		depthwiseAVX2x5Stride1(a)
	case strided:
		depthwiseAVX2x3Stride2(a)
	default:
		depthwiseAVX2x3Stride1(a)
	}
}
