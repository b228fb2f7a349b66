#!/usr/bin/env python3
"""Makes small GIF files of odd construction, with Pillow's RGB.

    python3 make.py samples.tar.gz    # Pillow 13.0.0, NumPy; the committed file

The archive holds NAME.gif and, as NAME.ppm, what Pillow's convert("RGB") makes of it. A
file that Pillow refuses has no NAME.ppm. All files are written here by hand.
"""
import gzip
import io
import struct
import sys
import tarfile
import warnings

import numpy as np
from PIL import Image

warnings.simplefilter("ignore")


def packed(codes):
    """Packs pairs of a code and its width, the lowest bit first."""
    acc = n = 0
    out = bytearray()
    for code, width in codes:
        acc |= code << n
        n += width
        while n >= 8:
            out.append(acc & 255)
            acc >>= 8
            n -= 8
    return bytes(out) + (bytes([acc]) if n else b"")


def codes(pixels, bits, first=True, end=True, full="clear"):
    """Compresses pixels. A full table is cleared, or kept ("keep")."""
    clear = 1 << bits
    table, following, width = {}, clear + 2, bits + 1
    out = [(clear, width)] if first else []
    text = ()
    fresh = True

    def put(code):
        nonlocal following, width, fresh
        out.append((code, width))
        if not fresh and following < 4096:
            if following == (1 << width) - 1 and width < 12:
                width += 1
            following += 1
        fresh = False

    for p in pixels:
        if not text or text + (p,) in table:
            text += (p,)
            continue
        put(table[text] if len(text) > 1 else text[0])
        if following < 4096:
            table[text + (p,)] = following
        elif full == "clear":
            out.append((clear, width))
            table, following, width, fresh = {}, clear + 2, bits + 1, True
        text = (p,)
    put(table[text] if len(text) > 1 else text[0])
    return out + ([(clear + 1, width)] if end else [])


def literals(pixels, bits, width=None, every=None):
    """Writes pixels as codes of one width, with a clear code often enough to keep it."""
    width = width or bits + 1
    every = every or max(1, (1 << bits) - 2)
    out = []
    for i, p in enumerate(pixels):
        if i % every == 0:
            out.append((1 << bits, width))
        out.append((p, width))
    return out


def blocks(data, size=255, end=b"\0"):
    return b"".join(bytes([len(data[i : i + size])]) + data[i : i + size] for i in range(0, len(data), size)) + end


def palette(colours):
    """The bits of the flags, and the bytes."""
    if colours is None:
        return 0, b""
    return 0x80 | (len(colours) // 3).bit_length() - 2, bytes(colours)


def screen(w, h, colours=None, background=0, version=b"GIF89a"):
    bits, colours = palette(colours)
    return version + struct.pack("<HHBBB", w, h, bits, background, 0) + colours


def frame(x, y, w, h, bits, data, colours=None, interlaced=False):
    flags, colours = palette(colours)
    return b"," + struct.pack("<4HB", x, y, w, h, flags | interlaced << 6) + colours + bytes([bits]) + data


def control(index, flags=1, size=4):
    return b"!\xf9" + blocks(bytes([flags, 0, 0, index, 0, 0, 0])[:size])


def makers(rng):
    """Yields names and files. The name of a file that Pillow refuses says so."""
    ramp = [i // 3 for i in range(3 * 16)]

    def colours(n=16):
        return rng.integers(0, 256, 3 * n, dtype=np.uint8).tobytes()

    def noise(n=35, top=16):
        return [int(v) for v in rng.integers(0, top, n)]

    def picture(bits=4, w=7, h=5, **options):
        return blocks(packed(codes(noise(w * h, min(1 << bits, 256)), bits, **options)))

    def usual(before=b"", after=b";", sw=7, sh=5, x=0, y=0, w=7, h=5, local=None, colour=True, **options):
        head = screen(sw, sh, colours() if colour is True else colour)
        return head + before + frame(x, y, w, h, 4, picture(w=w, h=h), local, **options) + after

    yield "plain", usual()
    yield "version_87a", usual().replace(b"89a", b"87a", 1)

    # Screen and frame.
    yield "frame_larger", usual(sw=3, sh=2)
    yield "frame_outside", usual(x=4, y=3)
    yield "frame_outside_right", usual(x=4, sh=9)
    yield "frame_inside", usual(sw=12, sh=11, x=2, y=3)
    yield "frame_inside_transparent", usual(control(5), sw=12, sh=11, x=2, y=3)
    yield "frame_beside_screen", usual(x=20, y=10)
    yield "frame_beside_screen_transparent", usual(control(3), x=20, y=10)
    yield "screen_0x0", usual(sw=0, sh=0)
    yield "screen_0_wide", usual(sw=0, sh=9)
    yield "background_ignored", screen(9, 9, colours(), background=7) + frame(1, 1, 7, 5, 4, picture()) + b";"
    yield "refused_frame_0_wide", screen(4, 4, colours()) + frame(0, 0, 0, 4, 4, picture()) + b";"
    yield "refused_frame_0_high", screen(4, 4, colours()) + frame(0, 0, 4, 0, 4, picture()) + b";"
    yield "refused_bomb", screen(60000, 60000, colours()) + frame(0, 0, 7, 5, 4, picture()) + b";"
    yield "refused_frame_bomb", screen(7, 5, colours()) + frame(0, 0, 60000, 60000, 4, picture()) + b";"
    yield "refused_offset_bomb", screen(7, 5, colours()) + frame(60000, 60000, 7, 5, 4, picture()) + b";"

    # Rows.
    for h in (1, 2, 3, 4, 5, 8, 9, 17):
        yield f"interlaced_{h}", usual(sh=h, h=h, interlaced=True)
    yield "surplus_rows", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, picture(h=9)) + b";"
    yield "surplus_rows_interlaced", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, picture(h=9), interlaced=True) + b";"
    yield "surplus_pixel", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed(codes(noise(36), 4)))) + b";"
    long = blocks(packed(codes([3] * 60, 4)))
    yield "surplus_in_string", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, long) + b";"
    yield "refused_rows_missing", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, picture(h=3)) + b";"
    yield "refused_pixel_missing", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed(codes(noise(34), 4)))) + b";"

    # The end.
    yield "no_trailer", usual(after=b"")
    yield "garbage_behind", usual(after=b"\0\1garbage,!")
    yield "second_frame", usual(after=frame(0, 0, 7, 5, 4, picture()) + b";")
    yield "no_end_code", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, picture(end=False)) + b";"
    yield "no_terminator", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, picture()[:-1])
    yield "block_behind_end", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, picture()[:-1] + blocks(bytes(noise(9)))) + b";"
    cut = blocks(packed(codes(noise(), 4, end=False)), 8)
    yield "refused_cut_block", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, cut[:-2])
    part = packed(codes(noise(), 4, end=False))
    yield "refused_block_too_long", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, bytes([len(part) + 1]) + part)
    yield "last_block_complete", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, bytes([len(part)]) + part)
    yield "refused_cut_palette", screen(7, 5, colours())[:-5]
    yield "refused_cut_descriptor", usual()[: 13 + 48 + 6]
    yield "refused_cut_local_palette", usual(local=colours())[: 13 + 48 + 10 + 20]
    yield "refused_cut_code_size", usual()[: 13 + 48 + 10]
    yield "refused_cut_extension", usual(control(1))[: 13 + 48 + 3]
    yield "refused_no_frame", screen(7, 5, colours()) + b";"
    yield "refused_frame_behind_trailer", usual(b";")
    yield "refused_screen_only", screen(7, 5, colours())

    # Blocks of codes.
    raw = packed(codes(noise(), 4))
    yield "blocks_of_1", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(raw, 1)) + b";"
    yield "empty_blocks", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, b"\0\0" + blocks(raw[:9], 4) + b"\0" + blocks(raw[9:])) + b";"
    tail = bytes([59]) + (raw[5:] + bytes(59))[:59]
    yield "codes_behind_terminator", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(raw[:5]) + tail)

    # Codes.
    big = noise(90 * 80, 16)
    yield "full_table_cleared", screen(90, 80, colours()) + frame(0, 0, 90, 80, 4, blocks(packed(codes(big, 4)))) + b";"
    yield "full_table_kept", screen(90, 80, colours()) + frame(0, 0, 90, 80, 4, blocks(packed(codes(big, 4, full="keep")))) + b";"
    yield "one_colour", screen(90, 80, colours()) + frame(0, 0, 90, 80, 4, blocks(packed(codes([7] * 7200, 4)))) + b";"
    yield "first_not_clear", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, picture(first=False)) + b";"
    yield "clear_twice", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed([(16, 5)] * 3 + codes(noise(), 4)))) + b";"
    yield "clear_before_each", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed(literals(noise(), 4, every=1)))) + b";"
    yield "refused_end_first", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed([(17, 5)] + codes(noise(), 4)))) + b";"
    yield "refused_end_inside", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed([(16, 5), (1, 5), (17, 5)] + codes(noise(), 4)))) + b";"
    yield "refused_string_after_clear", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed([(16, 5), (18, 5)] + codes(noise(), 4)))) + b";"
    yield "refused_unknown_code", screen(7, 5, colours()) + frame(0, 0, 7, 5, 4, blocks(packed([(16, 5), (3, 5), (20, 5)] + codes(noise(), 4)))) + b";"
    for bits in (0, 1, 2, 3, 8, 9, 10, 11):
        px = noise(35, min(1 << bits, 300))
        if bits < 2:  # codes never grow: no clear code is needed
            data = [(1 << bits, bits + 1)] + [(p, bits + 1) for p in px]
        else:
            data = codes(px, bits)
        if bits == 0:
            data = [(0, 1), (1, 1)] * 35
        if bits >= 9:
            px = noise(35, 1 << bits)
            data = literals(px, bits) + [(1 << bits, bits + 1)] + codes([7] * 30, bits)
        yield f"code_size_{bits}", screen(7, 9, colours(256)) + frame(0, 1, 7, 5, bits, blocks(packed(data))) + b";"
    wide = [(4096, 13)] + [(p, 13) for p in noise(33, 4096)]
    yield "code_size_12", screen(7, 5, colours(256)) + frame(0, 0, 7, 5, 12, blocks(packed(wide + [(4098, 13)]))) + b";"
    twice = wide[:20] + [(4098, 13), (4098, 13)] + wide[:30]
    yield "refused_code_size_12_twice", screen(7, 5, colours(256)) + frame(0, 0, 7, 5, 12, blocks(packed(twice))) + b";"
    yield "refused_code_size_13", screen(7, 5, colours(256)) + frame(0, 0, 7, 5, 13, blocks(bytes(99))) + b";"
    yield "refused_code_size_255", screen(7, 5, colours(256)) + frame(0, 0, 7, 5, 255, blocks(bytes(99))) + b";"
    yield "code_size_above_palette", screen(7, 5, colours(4)) + frame(0, 0, 7, 5, 8, picture(8)) + b";"

    # Palettes.
    yield "palette_short", screen(7, 5, colours(4)) + frame(0, 0, 7, 5, 4, picture()) + b";"
    yield "palette_of_2", screen(7, 5, colours(2)) + frame(0, 0, 7, 5, 4, picture()) + b";"
    yield "palette_none", usual(colour=None)
    yield "palette_none_transparent", usual(control(200), colour=None, sw=9, sh=9)
    yield "palette_local", usual(local=colours())
    yield "palette_local_only", usual(local=colours(8), colour=None)
    yield "palette_ramp", usual(colour=ramp[: 3 * 4])
    yield "palette_ramp_local", usual(local=ramp, colour=None)
    yield "palette_ramp_above_colours", usual(local=ramp)
    yield "palette_ramp_above_colours_transparent", usual(control(3), local=ramp, sw=9, sh=9)
    yield "palette_colours_above_ramp", usual(local=colours(), colour=ramp)
    yield "palette_near_ramp", usual(colour=ramp[:-1] + [9])

    # Between the blocks.
    yield "garbage_between", usual(b"garbage\0\0\xff")
    yield "transparent", usual(control(2))
    yield "transparent_outside_palette", usual(control(99), sw=9, sh=9)
    yield "transparent_twice", usual(control(2) + control(3), sw=9, sh=9)
    yield "transparent_then_not", usual(control(2) + control(3, flags=0), sw=9, sh=9)
    yield "control_of_7", usual(control(4, size=7), sw=9, sh=9)
    yield "control_of_3", usual(control(4, flags=0, size=3), sw=9, sh=9)
    yield "refused_control_of_3", usual(control(4, size=3))
    yield "refused_control_of_2", usual(control(4, flags=0, size=2))
    yield "control_empty", usual(b"!\xf9\0\0" + control(2), sw=9, sh=9)
    yield "refused_control_empty", usual(b"!\xf9\0")
    for disposal in (1, 2, 3, 7):
        yield f"disposal_{disposal}", usual(control(4, flags=1 | disposal << 2), sw=9, sh=9)
    yield "comment", usual(b"!\xfe" + blocks(b"twice" * 99))
    yield "comment_empty", usual(b"!\xfe\0")
    yield "comment_odd_lengths", usual(b"!\xfe\1,\2;;\3!!!\0" * 2)
    loop = b"\3\1\0\0\0"
    yield "netscape", usual(b"!\xff\x0bNETSCAPE2.0" + loop)
    yield "netscape_of_12", usual(b"!\xff\x0cNETSCAPE2.0," + loop)
    yield "netscape_of_1", usual(b"!\xff\x0bNETSCAPE2.0\1\1\0")
    yield "netscape_without_loop", usual(b"!\xff\x0bNETSCAPE2.0\0\0")
    yield "refused_netscape_without_loop", usual(b"!\xff\x0bNETSCAPE2.0\0")
    yield "application", usual(b"!\xff\x0bXMP DataXMP" + blocks(b"some, text;" * 30))
    yield "application_without_data", usual(b"!\xff\x0bXMP DataXMP\0")
    yield "application_empty", usual(b"!\xff\0\0")
    yield "plain_text", usual(b"!\1" + blocks(bytes(12)))
    yield "unknown_extension", usual(b"!\x77" + blocks(b"x,;!" * 80, 77))
    yield "unknown_extension_empty", usual(b"!\x77\0\0")


def main():
    read = refused = 0
    with gzip.GzipFile(sys.argv[1], "wb", mtime=0) as z, tarfile.open(fileobj=z, mode="w") as archive:

        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

        for name, data in makers(np.random.default_rng(1)):
            add(name + ".gif", data)
            try:
                im = Image.open(io.BytesIO(data)).convert("RGB")
            except (OSError, ValueError, Image.DecompressionBombError) as err:
                refused += 1
                assert name.startswith("refused"), (name, err)
                continue
            read += 1
            assert not name.startswith("refused"), name
            add(name + ".ppm", b"P6 %d %d 255\n" % im.size + im.tobytes())
    print(read, "pictures,", refused, "refused")


main()
