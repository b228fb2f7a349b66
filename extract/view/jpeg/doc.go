// Package jpeg decodes JPEG files to exactly the pixels that Pillow shows.
//
// [Decode] decodes one file; a [Decoder] decodes one after another and reuses its
// memory; [ReadHeader] only looks at the size. What comes out is
// Image.open(f).convert("RGB") of Pillow 13, whose wheels hold libjpeg-turbo 3.2:
// equal in every byte for all 396 photos of the ants-and-bees set and for every
// file in testdata, which says how they were made and compared.
//
// # Why not image/jpeg
//
// Training in Python sees libjpeg-turbo's pixels. The standard library's inverse
// DCT rounds differently, and not alike in all Go releases; it repeats chroma
// samples where libjpeg interpolates; and it is several times slower.
//
// # What is decoded
//
// Baseline, extended sequential and progressive Huffman files of 8 bits; one,
// three or four components; sampling factors of which the largest are multiples of
// the others; restart intervals; tables of 8 and 16 bits, and the standard Huffman
// tables where a file has none. Grey, YCbCr, RGB, CMYK and YCCK are told apart, and
// converted, as libjpeg and Pillow do it: Pillow takes all CMYK for inverted.
// EXIF data, its orientation included, and colour profiles are ignored.
//
// Arithmetic coding, lossless and hierarchical files, 12 bits and two components are
// refused by name; Pillow reads the first of these.
//
// # Where the pixels come from
//
//   - The inverse DCT is libjpeg's accurate integer one (jidctint.c, "islow"), with
//     the overflow of libjpeg-turbo's x86 code.
//   - Chroma at half the resolution is interpolated with a triangle filter
//     (jdsample.c, "fancy"), at other fractions repeated.
//   - YCbCr becomes RGB in fixed point of 16 bits (jdcolor.c).
//   - A progressive file whose low frequencies never all arrive is smoothed between
//     blocks (jdcoefct.c).
//
// # Damage
//
// Damage to entropy-coded data passes, as in libjpeg, which warns and shows what
// it can: restart markers are searched for, and what is missing stays grey. Errors
// are what libjpeg calls errors, and data that end too early. There Pillow's verdict
// hangs on how full a buffer of 8 bytes happened to be: of files cut right behind the
// last bit, without an end-of-image marker, it refuses nearly all (201 of 213 tried);
// here all are refused. With 8 more bytes of anything they are read.
//
// Time and memory are bounded by the size that the header gives, which the caller
// can limit: the coefficients of a file of several scans take up to 2 bytes a pixel and
// component, the result 3 bytes a pixel, and scans may not come back to the image too often (maxScans, maxVisits).
//
// # Assembly
//
// On amd64 with AVX2 and BMI2, block decoding, the inverse DCT, the filters and the
// colour conversion are in assembly, which folder asm generates. The plain Go code,
// used elsewhere and with the build tag purego, defines them; tests compare the two.
package jpeg
