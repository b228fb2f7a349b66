// Package gif decodes the first frame of GIF files to exactly the pixels that Pillow
// shows.
//
// Call [Decode]. The result is that of Image.open(f).convert("RGB") in Pillow 13, and
// what Pillow refuses is refused. testdata/make.py makes the files that the tests
// compare with.
//
// # Why not image/gif
//
// The standard library refuses many files that browsers and Pillow show: frames larger
// than the screen, a screen of 0×0, more data than the picture needs, code sizes of 1
// and above 8. It also forgets the colour of transparent pixels, which Pillow shows.
//
// # What is decoded
//
// Decoding stops with the first frame's last pixel. What follows it is not read, so it may
// be missing or damaged. Bytes between blocks are skipped up to the next extension or
// picture.
//
//   - A frame that exceeds the screen enlarges the picture to the right and downwards.
//   - The part that the frame does not cover gets the transparent index of the last
//     graphic control extension that has one, otherwise index 0. The background
//     colour of the header is ignored.
//   - Transparent pixels get their colour of the palette.
//   - An index beyond the palette is black.
//   - Without a palette, and with one whose entry i is the grey i, an index is its own
//     grey, beyond the palette too.
//   - A local palette of that kind gives way to a global palette of another kind.
//     This is a fault of Pillow 13, but it makes the same pixels everywhere.
//   - The LZW code size is 0 to 12. A code size of 0 or 1 never grows; indices above 255
//     keep their low byte.
//   - Codes may begin without a clear code. A full table stays as it is until
//     the next clear code.
//   - The data may contain empty blocks. So the data go on behind a terminator that
//     comes too early, whatever follows it.
//   - The first block of an extension may be empty; the terminator is the next empty one.
//     Only a comment ends there. In an application extension of NETSCAPE2.0 the same
//     holds for the second block.
//
// # Damage
//
// An invalid code, an incomplete block of picture data and an end before the last pixel
// are errors. So is an end code before the last pixel. There Pillow's verdict depends on
// its buffers: it reads the file in pieces of 64 KiB, and an end code only ends the piece.
// It refuses what ends within the last piece and otherwise reads on, with whatever
// follows. This package refuses all such files.
//
// The size of the picture, which the caller can limit, bounds time and memory, together with
// the file's length: up to 1 byte per pixel of the frame and 3 per pixel of the picture.
// A frame that the file's length can't fill is refused before anything is allocated.
package gif
