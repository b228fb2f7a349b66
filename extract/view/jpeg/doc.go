// Package jpeg decodes JPEG files to exactly the pixels that Pillow shows.
//
// Call [Decoder.Decode]; a [Decoder] decodes one file after another and reuses its
// memory. The result is that of Image.open(f).convert("RGB") in Pillow 13, whose
// wheels contain libjpeg-turbo 3.2. Every byte is equal for all 396 photos of the
// ants-and-bees set and for every file in testdata; testdata/make.py makes those
// files and the checksums that the tests compare with.
//
// # Why not image/jpeg
//
// Training in Python sees libjpeg-turbo's pixels. The standard library's inverse
// DCT rounds differently, and not the same in all Go releases. It repeats chroma
// samples where libjpeg interpolates. It is also several times slower.
//
// # What is decoded
//
// Supported are baseline, extended sequential and progressive files of 8 bits, with
// Huffman or arithmetic coding, and lossless Huffman files of 8 bits; one, three or four
// components; sampling factors of which the largest is a multiple of each of the others;
// restart intervals; quantisation tables of 8 and 16 bits; and sequential files without
// Huffman tables, which get the standard ones. Grey, YCbCr, RGB, CMYK and YCCK are
// recognised and converted as libjpeg and Pillow do it: Pillow assumes that all CMYK is
// inverted. EXIF data, including the orientation, and colour profiles are ignored.
//
// Hierarchical files, lossless files with arithmetic coding or in YCbCr, 12-bit samples
// and two components are refused, and the error names the reason. Pillow refuses them
// too. It also refuses arithmetic-coded data that do not lie within the 64 KiB that it
// reads at a time, because libjpeg cannot wait for the rest; this package reads them.
//
// # Where the pixels come from
//
//   - The inverse DCT is libjpeg's accurate integer one (jidctint.c, "islow"), with
//     the overflow of libjpeg-turbo's x86 code.
//   - Chroma at half the resolution is interpolated with a triangle filter
//     (jdsample.c, "fancy"), at other fractions repeated.
//   - YCbCr becomes RGB in fixed point of 16 bits (jdcolor.c).
//   - Lossless samples are predicted strip by strip (jddiffct.c, jdlossls.c), and where
//     chroma has fewer of them, they are repeated.
//   - A progressive file whose low frequencies never all arrive is smoothed between
//     blocks (jdcoefct.c).
//
// # Damage
//
// Damaged entropy-coded data is no error, as in libjpeg, which warns and shows what
// it can: it searches for restart markers, and what is missing stays grey. With arithmetic
// coding a segment's data never run out, for zeros follow them. An error
// is returned where libjpeg returns one, and when the data end too early. In the
// second case Pillow's verdict depends on how full a buffer of 8 bytes happened to
// be: it refuses nearly all files that are cut right after the last bit and have no
// end-of-image marker (201 of 213 tried). This package refuses all of them. Pillow
// and this package read such a file if any 8 bytes follow.
//
// The size in the header, which the caller can limit, bounds time and memory. The
// coefficients of a file of several scans take up to 2 bytes per pixel and component,
// the result 3 bytes per pixel. The number of scans, and of their visits to a block,
// is limited too (maxScans, maxVisits).
//
// # Assembly
//
// On amd64 with AVX2 and BMI2, block decoding, the inverse DCT, the upsampling filters
// and the colour conversion run in assembly, which folder asm generates. The plain Go
// code defines what they compute, and runs elsewhere and with the build tag purego.
// Tests compare the two.
package jpeg
