#!/usr/bin/env python3
"""Writes the JPEG files of this folder and the tables of what Pillow makes of them.

    python make.py [SHARED]

Needs Pillow, and cjpeg and jpegtran of libjpeg-turbo. The tables name, for each file, width,
height and the SHA-256 of the RGB bytes that Image.open(f).convert("RGB") gives, or
"refused":

    fixtures.tsv   the files of this folder
    shared.tsv     the JPEG files of SHARED (default: shared beside the module), which
                   are not copied here; written only if they are there
"""

import glob
import hashlib
import io
import math
import os
import subprocess
import sys
import tempfile

import PIL
from PIL import Image, features

HERE = os.path.dirname(os.path.abspath(__file__))


def picture(width, height):
    """Waves, an edge, and noise in a corner."""
    image = Image.new("RGB", (width, height))
    seed = 1
    for y in range(height):
        for x in range(width):
            seed = (1103515245 * seed + 12345) % 2**31
            noise = (seed >> 16) % 97 if 3 * x > 2 * width and 2 * y > height else 0
            image.putpixel(
                (x, y),
                (
                    int(127 + 120 * math.sin(x / 5 + y / 9)) % 256,
                    (230 if x + 2 * y > width else 40) + noise // 5,
                    (int(127 + 90 * math.cos(y / 4)) + noise) % 256,
                ),
            )
    return image


def pillow(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def cjpeg(image, *arguments, scans=None):
    with tempfile.TemporaryDirectory() as tmp:
        source = os.path.join(tmp, "in.ppm")
        image.save(source)
        if scans:
            script = os.path.join(tmp, "scans")
            with open(script, "w") as f:
                f.write(scans)
            arguments += ("-scans", script)
        return subprocess.run(["cjpeg", *arguments, source], check=True, capture_output=True).stdout


def jpegtran(data, *arguments):
    return subprocess.run(["jpegtran", *arguments], input=data, check=True, capture_output=True).stdout


def without(data, marker):
    """Removes a file's segments with the given marker, up to the scan."""
    out, i = data[:2], 2
    while data[i + 1] != 0xDA:
        end = i + 2 + int.from_bytes(data[i + 2 : i + 4], "big")
        if data[i + 1] != marker:
            out += data[i:end]
        i = end
    return out + data[i:]


def frame(data):
    """The index of the frame header's marker."""
    i = 2
    while data[i + 1] not in (0xC0, 0xC1, 0xC2):
        i += 2 + int.from_bytes(data[i + 2 : i + 4], "big")
    return i


def patched(data, index, value):
    return data[:index] + bytes([value]) + data[index + 1 :]


def fixtures():
    p = picture(53, 37)
    for name, sampling in {"444": 0, "422": 1, "420": 2}.items():
        yield f"baseline_{name}", pillow(p, quality=80, subsampling=sampling)
        yield f"progressive_{name}", pillow(p, quality=80, subsampling=sampling, progressive=True)
    for width, height in (1, 1), (2, 3), (4, 5), (5, 4), (8, 8), (16, 17), (17, 16), (33, 2):
        for sampling in 1, 2:
            yield f"size_{width}x{height}_{sampling}", pillow(picture(width, height), quality=90, subsampling=sampling)
    for sampling in "1x2", "4x1", "1x4", "4x2", "2x4", "3x1", "2x2,2x1,1x2", "2x1,1x2,1x1", "4x1,2x1,1x1", "1x4,1x2,1x2", "1x1,2x2,1x1":
        yield "sampling_" + sampling.replace(",", "_"), cjpeg(p, "-quality", "85", "-sample", sampling)
    yield "sampling_3x2_1x2_progressive", cjpeg(p, "-progressive", "-sample", "3x2,1x2,1x1")
    yield "quality_1", pillow(p, quality=1)
    yield "quality_1_16bit", cjpeg(p, "-quality", "1", "-sample", "1x1")
    yield "quality_100", pillow(picture(24, 24), quality=100, subsampling=0)
    yield "optimised", pillow(p, quality=50, optimize=True)
    yield "restart_blocks", pillow(p, quality=80, restart_marker_blocks=3)
    yield "restart_rows_progressive", pillow(p, quality=80, restart_marker_rows=1, progressive=True)
    yield "grey", pillow(p.convert("L"), quality=80)
    yield "grey_progressive", pillow(p.convert("L"), quality=80, progressive=True)
    cmyk = pillow(p.convert("CMYK"), quality=80)
    yield "cmyk", cmyk
    yield "ycck", patched(cmyk, cmyk.index(b"Adobe") + 11, 2)
    yield "cmyk_no_adobe", without(cmyk, 0xEE)
    rgb = pillow(p, quality=80, keep_rgb=True)
    yield "rgb_adobe", rgb
    yield "rgb_by_identifiers", without(rgb, 0xEE)
    yield "no_jfif", without(pillow(p, quality=60), 0xE0)
    yield "no_huffman_tables", without(pillow(p, quality=60), 0xC4)
    # Several scans.
    for name, scans in {
        "sequential": "0; 1; 2;",
        "sequential_1_2": "0; 1 2;",
        "dc_only": "0 1 2: 0-0,0,0;",
        "dc_not_all_bits": "0 1 2: 0-0,0,1;",
        "no_chroma_ac": "0 1 2: 0-0,0,0; 0: 1-63,0,0;",
        "some_ac": "0 1 2: 0-0,0,1; 0: 1-5,0,2; 1: 1-63,0,1; 2: 1-2,0,1;",
    }.items():
        yield "scans_" + name, cjpeg(p, "-sample", "2x2", scans=scans)
    # Damage that Pillow, or libjpeg inside it, lets pass or not.
    whole = pillow(p, quality=80, subsampling=2)
    scan = whole.index(b"\xff\xda")
    middle = (scan + len(whole)) // 2
    yield "damage_cut", whole[:middle]
    yield "damage_cut_then_eoi", whole[:middle] + b"\xff\xd9"
    yield "damage_no_eoi", whole[:-2]
    yield "damage_zeros_for_eoi", whole[:-2] + bytes(20)
    yield "damage_after_eoi", whole + b"garbage\xff\xd8\xff\xc0"
    yield "damage_fill_bytes", whole[:scan] + b"\xff\xff\xff" + whole[scan:-2] + b"\xff\xff\xff\xd9"
    yield "damage_bit", patched(whole, middle, whole[middle] ^ 16)
    yield "damage_stray_restart", whole[:middle] + b"\xff\xd3" + whole[middle:]
    restart = pillow(p, quality=80, restart_marker_blocks=2)
    for n, other in (2, 3), (2, 4), (3, 1), (3, 7), (1, 0xC4 - 0xD0), (1, 0x11 - 0xD0):
        yield f"damage_restart_{n}_{other}", patched(restart, restart.index(bytes([0xFF, 0xD0 + n])) + 1, 0xD0 + other)
    yield "damage_no_restart", restart.replace(b"\xff\xd1", b"", 1)
    progressive = pillow(p, quality=80, progressive=True)
    yield "damage_progressive_cut_then_eoi", progressive[: len(progressive) * 3 // 4] + b"\xff\xd9"
    yield "damage_progressive_bit", patched(progressive, len(progressive) // 2, progressive[len(progressive) // 2] ^ 4)
    yield "damage_progressive_no_eoi", progressive[:-2]
    yield from arithmetic_fixtures(p)
    yield from lossless_fixtures(picture(23, 13))
    # What is refused.
    yield "refused_12bit", patched(whole, frame(whole) + 4, 12)
    yield "refused_two_frames", whole[: frame(whole)] + 2 * whole[frame(whole) : scan] + whole[scan:]
    yield "refused_zero_width", whole[: frame(whole) + 7] + b"\0\0" + whole[frame(whole) + 9 :]
    yield "refused_scan_after_last", whole[:-2] + whole[scan:]
    yield "refused_no_quantisation", without(whole, 0xDB)
    yield "refused_component_order", whole[: scan + 5] + b"\2\x11\1\0\3\x11" + whole[scan + 11 :]
    yield "refused_fractional_sampling", patched(patched(whole, frame(whole) + 11, 0x31), frame(whole) + 14, 0x21)


def arithmetic_fixtures(p):
    for name, sampling in {"444": "1x1", "422": "2x1", "420": "2x2", "4x2": "4x2", "1x2_2x1": "1x2,2x1"}.items():
        yield f"arithmetic_{name}", cjpeg(p, "-arithmetic", "-quality", "80", "-sample", sampling)
        yield f"arithmetic_progressive_{name}", cjpeg(p, "-arithmetic", "-progressive", "-quality", "80", "-sample", sampling)
    yield "arithmetic_grey", cjpeg(p, "-arithmetic", "-grayscale")
    yield "arithmetic_grey_progressive", cjpeg(p, "-arithmetic", "-grayscale", "-progressive", "-restart", "1")
    yield "arithmetic_rgb", cjpeg(p, "-arithmetic", "-rgb")
    yield "arithmetic_quality_1", cjpeg(p, "-arithmetic", "-quality", "1")
    yield "arithmetic_quality_100", cjpeg(picture(24, 24), "-arithmetic", "-quality", "100", "-sample", "1x1")
    cmyk = pillow(p.convert("CMYK"), quality=80)
    yield "arithmetic_cmyk", jpegtran(cmyk, "-arithmetic")
    yield "arithmetic_ycck_progressive", jpegtran(patched(cmyk, cmyk.index(b"Adobe") + 11, 2), "-arithmetic", "-progressive")
    yield "arithmetic_scans", cjpeg(p, "-arithmetic", scans="0; 1 2;")
    yield "arithmetic_scans_some_ac", cjpeg(p, "-arithmetic", scans="0 1 2: 0-0,0,1; 0: 1-5,0,2; 1: 1-63,0,1; 2: 1-2,0,1;")
    restart = cjpeg(p, "-arithmetic", "-quality", "80", "-restart", "2B")
    progressive = cjpeg(p, "-arithmetic", "-progressive", "-quality", "80", "-restart", "3B")
    yield "arithmetic_restart", restart
    yield "arithmetic_restart_progressive", progressive
    # Other conditioning: the values come out wrong, but the same for everyone.
    whole = cjpeg(p, "-arithmetic", "-quality", "80")
    dac = whole.index(b"\xff\xcc") + 4
    for n, values in enumerate((b"\x31", b"\xf0", b"\x22", b"\xff"), 1):
        yield f"arithmetic_conditioning_{n}", whole[: dac + 1] + values + whole[dac + 2 :]
    yield "arithmetic_conditioning_5", patched(whole, dac + 3, 1)
    yield "arithmetic_no_conditioning", without(whole, 0xCC)
    yield "arithmetic_refused_bounds", patched(whole, dac + 1, 0x12)
    yield "arithmetic_refused_slot", patched(whole, dac, 0x20)
    for kind, data in {"": whole, "_restart_progressive": progressive}.items():
        scan = data.index(b"\xff\xda")
        for n in range(1, 4):
            at = scan + (len(data) - scan) * n // 4
            yield f"arithmetic_damage{kind}_{n}", patched(data, at, data[at] ^ 0x48)
        yield f"arithmetic_cut_then_eoi{kind}", data[: (scan + len(data)) // 2] + b"\xff\xd9"
        for n in 2, 3:
            yield f"arithmetic_cut{kind}_{n}", data[:-n]
    yield "arithmetic_no_restart", restart.replace(b"\xff\xd1", b"", 1)
    at = restart.index(b"\xff\xd2") + 1
    for other in 0xD3, 0xD4, 0xD1, 0xD6, 0xC4:
        yield f"arithmetic_restart_2_{other:x}", patched(restart, at, other)


class Bits:
    """Entropy-coded data with one Huffman table for all components."""

    COUNTS = bytes([0, 2, 2] + 13 * [1])
    TABLE = b"\xff\xc4\0\x24\0" + COUNTS + bytes(range(17))

    def __init__(self):
        self.bits = ""
        self.codes, code, n = [], 0, 0
        for length, count in enumerate(self.COUNTS, 1):
            for _ in range(count):
                self.codes.append(f"{code:0{length}b}")
                code += 1
            code <<= 1

    def difference(self, v):
        v = (v + 0x7FFF) % 0x10000 - 0x7FFF
        size = abs(v).bit_length()
        self.bits += self.codes[size]
        if 0 < size < 16:
            self.bits += f"{v if v > 0 else v + (1 << size) - 1:0{size}b}"

    def segment(self):
        bits = self.bits + "1" * (-len(self.bits) % 8)
        self.bits = ""
        return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")


def prediction(rows, x, y, first, predictor, initial):
    if y == first:
        return rows[y][x - 1] if x else initial
    if x == 0:
        return rows[y - 1][0]
    a, b, c = rows[y][x - 1], rows[y - 1][x], rows[y - 1][x - 1]
    return [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor - 1]


def lossless(image, predictor=1, shift=0, restart=0, factors=None, ids=None, scans=None, segments=b""):
    """Writes a lossless file. Components are subsampled by leaving samples out; restart
    counts rows of MCUs."""
    bands = [list(band.tobytes()) for band in image.split()]
    factors = factors or [(1, 1)] * len(bands)
    ids = ids or range(1, len(bands) + 1)
    mh, mv = max(h for h, v in factors), max(v for h, v in factors)
    planes = []
    for band, (h, v) in zip(bands, factors):
        w = image.width
        planes.append([[s >> shift for s in band[y * w : y * w + w : mh // h]] for y in range(0, image.height, mv // v)])
    out = b"\xff\xd8" + segments + Bits.TABLE
    out += b"\xff\xc3" + (8 + 3 * len(bands)).to_bytes(2, "big") + b"\x08"
    out += image.height.to_bytes(2, "big") + image.width.to_bytes(2, "big") + bytes([len(bands)])
    out += b"".join(bytes([i, h << 4 | v, 0]) for i, (h, v) in zip(ids, factors))
    for scan in scans or [range(len(bands))]:
        single = len(scan) == 1
        sizes = [(1, 1) if single else factors[c] for c in scan]
        across = len(planes[scan[0]][0]) if single else -(-image.width // mh)
        down = len(planes[scan[0]]) if single else -(-image.height // mv)
        if restart:
            out += b"\xff\xdd\0\4" + (restart * across).to_bytes(2, "big")
        out += b"\xff\xda" + (6 + 2 * len(scan)).to_bytes(2, "big") + bytes([len(scan)])
        out += b"".join(bytes([ids[c], 0]) for c in scan) + bytes([predictor, 0, shift])
        bits = Bits()
        for my in range(down):
            if restart and my and my % restart == 0:
                out += bits.segment() + bytes([0xFF, 0xD0 + (my // restart - 1) % 8])
            begin = my // restart * restart if restart else 0
            for mx in range(across):
                for c, (h, v) in zip(scan, sizes):
                    for y in range(my * v, my * v + v):
                        for x in range(mx * h, mx * h + h):
                            rows = planes[c]
                            if y >= len(rows) or x >= len(rows[0]):
                                bits.difference(0)
                                continue
                            p = prediction(rows, x, y, begin * v, predictor, 128 >> shift)
                            bits.difference(rows[y][x] - p)
        out += bits.segment()
    return out + b"\xff\xd9"


def lossless_fixtures(p):
    for predictor in range(1, 8):
        yield f"lossless_{predictor}", lossless(p, predictor)
        yield f"lossless_grey_{predictor}", lossless(p.convert("L"), predictor, shift=predictor)
    yield "lossless_point_transform", lossless(p, 4, shift=2)
    yield "lossless_1x1", lossless(picture(1, 1), 7)
    yield "lossless_restart", lossless(p, 6, restart=2)
    yield "lossless_restart_grey", lossless(p.convert("L"), 5, restart=1)
    yield "lossless_scans", lossless(p, 4, scans=[[0], [2], [1]])
    yield "lossless_scans_restart", lossless(p, 5, restart=3, scans=[[0], [1, 2]])
    yield "lossless_cmyk", lossless(p.convert("CMYK"), 7)
    for name, factors in {
        "2x2": [(2, 2), (1, 1), (1, 1)], "2x1": [(2, 1), (1, 1), (1, 1)], "1x2": [(1, 2), (1, 1), (1, 1)],
        "4x1": [(4, 1), (2, 1), (1, 1)], "1x4": [(1, 4), (1, 2), (1, 1)],
    }.items():
        yield f"lossless_sampling_{name}", lossless(p, 4, factors=factors)
    sampled = [(2, 2), (1, 1), (1, 1)]
    yield "lossless_sampling_restart", lossless(p, 4, factors=sampled, restart=1)
    yield "lossless_sampling_scans", lossless(p, 4, factors=sampled, scans=[[0], [1], [2]])
    yield "lossless_sampling_scans_restart", lossless(p, 4, factors=sampled, scans=[[0], [1], [2]], restart=1)
    yield "lossless_grey_2x2", lossless(p.convert("L"), 4, factors=[(2, 2)])
    yield "lossless_grey_2x2_restart", lossless(p.convert("L"), 4, factors=[(2, 2)], restart=1)
    yield "lossless_ids", lossless(p, 2, ids=[7, 9, 200])
    jfif = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"
    yield "lossless_adobe", lossless(p, 1, segments=adobe + b"\0")
    yield "lossless_grey_jfif", lossless(p.convert("L"), 1, segments=jfif)
    yield "lossless_refused_jfif", lossless(p, 1, segments=jfif)
    yield "lossless_refused_ycbcr", lossless(p, 1, segments=adobe + b"\1")
    yield "lossless_refused_ycck", lossless(p.convert("CMYK"), 1, segments=adobe + b"\2")
    yield "lossless_refused_predictor_0", lossless(p, 1).replace(b"\3\0\1\0\0", b"\3\0\0\0\0")
    yield "lossless_refused_component_missing", lossless(p, 1, scans=[[0], [1]])
    restart = lossless(p, 4, restart=1)
    at = restart.index(b"\xff\xdd") + 5
    yield "lossless_refused_interval", patched(restart, at, restart[at] + 1)
    whole = lossless(p, 4)
    scan = whole.index(b"\xff\xda")
    middle = (scan + len(whole)) // 2
    yield "lossless_cut", whole[:middle]
    yield "lossless_cut_then_eoi", whole[:middle] + b"\xff\xd9"
    yield "lossless_cut_then_eoi_restart", restart[:middle] + b"\xff\xd9"
    yield "lossless_damage", patched(whole, middle, whole[middle] ^ 0x24)
    yield "lossless_damage_restart", patched(restart, middle, restart[middle] ^ 0x24)
    yield "lossless_no_restart", restart.replace(b"\xff\xd1", b"", 1)
    yield "lossless_restart_2_3", restart.replace(b"\xff\xd2", b"\xff\xd3", 1)
    yield "lossless_huge_differences", patched(whole, whole.index(b"\xff\xc4") + 5 + 16, 16)


def verdict(data):
    try:
        image = Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, SyntaxError):
        return "refused"
    return f"{image.width}\t{image.height}\t{hashlib.sha256(image.tobytes()).hexdigest()}"


def write_table(name, files):
    with open(os.path.join(HERE, name), "w") as f:
        f.write(f"# By make.py with Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}.\n")
        for path, data in files:
            f.write(f"{path}\t{verdict(data)}\n")


def main():
    made = [(f"{name}.jpg", data) for name, data in fixtures()]
    for name, data in made:
        with open(os.path.join(HERE, name), "wb") as f:
            f.write(data)
    write_table("fixtures.tsv", made)

    shared = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, *[".."] * 5, "shared")
    found = []
    for part in "data/hymenoptera", "golden/transforms":
        for path in sorted(glob.glob(f"{shared}/{part}/**/*.jpg", recursive=True)):
            with open(path, "rb") as f:
                found.append((os.path.relpath(path, shared).replace(os.sep, "/"), f.read()))
    if found:
        write_table("shared.tsv", found)


if __name__ == "__main__":
    main()
