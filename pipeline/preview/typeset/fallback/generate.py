#!/usr/bin/env python3
"""Makes the packed fonts in this folder.

Run it in this folder as: python3 generate.py DIR
DIR holds these Debian 12 packages, unpacked one over the other with dpkg -x:
  fonts-noto-core       20201225-1       SIL OFL 1.1
  fonts-droid-fallback  1:6.0.1r16-1.1   Apache 2.0
  fonts-unifont         1:15.0.01-2      SIL OFL 1.1 (or GPL 2 or later with the font exception)
It needs the Python packages fonttools (4.68.0 was used) and brotli (1.2.1). Each font loses its
hints, which the drawing ignores, and what is not used of it, and is then packed with Brotli.
"""

import io
import pathlib
import sys

import brotli
from fontTools import subset
from fontTools.ttLib import TTFont

# The scripts that Noto's fonts draw: those of today's languages, each in a file of its
# own, so that only what a name needs is unpacked.
NOTO = """Arabic Armenian Bengali Devanagari Ethiopic Georgian Gujarati Gurmukhi Hebrew
Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai""".split()

LETTERS = [  # Latin, Greek and Cyrillic with their accents, and punctuation
    (0x0020, 0x058F), (0x1C80, 0x1C8F), (0x1D00, 0x1FFF), (0x2000, 0x206F),
    (0x20A0, 0x20CF), (0x2100, 0x214F), (0x2C60, 0x2C7F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F), (0xA720, 0xA7FF),
]
BMP = [(0x0020, 0xFFFF)]
IN_DROID = [(0x4E00, 0x9FA5), (0xAC00, 0xD7A3)]  # Han and Hangul, most of Unifont's bytes


def pack(source, name, include, exclude=()):
    font = TTFont(source)
    wanted = set()
    for first, last in include:
        wanted.update(range(first, last + 1))
    for first, last in exclude:
        wanted.difference_update(range(first, last + 1))
    options = subset.Options(
        hinting=False, layout_features=["*"], notdef_outline=True, glyph_names=False, legacy_kern=False,
        name_IDs=[0, 1, 2, 5, 13, 14], drop_tables=["vhea", "vmtx", "DSIG", "STAT", "MATH", "FFTM", "gasp"],
    )
    options.recalc_timestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    out = io.BytesIO()
    font.recalcTimestamp = False
    font.save(out)
    packed = brotli.compress(out.getvalue(), quality=11, lgwin=24)
    pathlib.Path(name + ".br").write_bytes(packed)
    print(f"{name}: {len(out.getvalue())} bytes, packed {len(packed)}")


def main():
    share = pathlib.Path(sys.argv[1]) / "usr/share"
    noto = share / "fonts/truetype/noto"
    for script in NOTO:
        pack(noto / f"NotoSans{script}-Regular.ttf", script.lower(), BMP)
    pack(noto / "NotoSerifTibetan-Regular.ttf", "tibetan", BMP)
    pack(noto / "NotoSans-Regular.ttf", "letters", LETTERS)
    pack(share / "fonts-droid-fallback/truetype/DroidSansFallback.ttf", "cjk", BMP)
    pack(share / "fonts/opentype/unifont/unifont.otf", "unifont", BMP, IN_DROID)


main()
