#!/usr/bin/env python3
"""Makes small random images in every mode the decoders know, with Pillow's RGB.

    python3 make_modes.py modes.npz        # Pillow 13.0.0, NumPy; the committed file
    python3 make_modes.py many.npz 40      # 40 of each, for go test -run Modes -modes …/many.npz

The archive holds under NAME.file the encoded bytes, and under NAME.rgb the uint8
[H,W,3] that Pillow's convert("RGB") makes of them. Formats that Pillow does not
write (packed PNG depths, Adam7, 16-bit colour, BMP masks and run lengths) are
written here by hand.
"""
import io
import struct
import sys
import warnings
import zlib

import numpy as np
from PIL import Image

warnings.simplefilter("ignore")


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png_rows(samples, depth, rng):
    """Packs and filters rows of samples [h, w, channels], each with a random filter."""
    h, w, c = samples.shape
    if depth == 16:
        rows = samples.astype(">u2").view(np.uint8).reshape(h, -1)
    else:
        bits = (samples.reshape(h, w * c, 1) >> np.arange(depth)[::-1] & 1).reshape(h, -1).astype(np.uint8)
        rows = np.packbits(bits, axis=1)
    bpp = max(1, depth * c // 8)
    out, prev = b"", [0] * rows.shape[1]
    for row in rows.tolist():
        kind = int(rng.integers(0, 5))
        line = []
        for i, v in enumerate(row):
            a = row[i - bpp] if i >= bpp else 0
            b = prev[i]
            d = prev[i - bpp] if i >= bpp else 0
            p = a + b - d
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - d), 2, d))[2]
            line.append((v - [0, a, b, (a + b) // 2, paeth][kind]) % 256)
        out += bytes([kind]) + bytes(line)
        prev = row
    return out


def png(rng, depth, colour, interlace=False, trns=False, palette=None):
    w, h = (int(v) for v in rng.integers(1, 20, 2))
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    samples = rng.integers(0, 1 << depth, (h, w, channels))
    if depth == 16 and rng.random() < 0.5:
        samples >>= 7  # so that not all of I;16 clips
    b = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlace))
    if colour == 3:
        n = palette or int(rng.integers(1, (1 << depth) + 1))
        b += chunk(b"PLTE", rng.integers(0, 256, 3 * n, dtype=np.uint8).tobytes())
    if trns:
        size = {0: 2, 2: 6, 3: 1}[colour]
        b += chunk(b"tRNS", bytes(size))
    if interlace:
        raw = b""
        for x, y, dx, dy in ADAM7:
            part = samples[y::dy, x::dx]
            if part.size:
                raw += png_rows(part, depth, rng)
    else:
        raw = png_rows(samples, depth, rng)
    z = zlib.compress(raw)
    cut = int(rng.integers(0, len(z) + 1))
    return b + chunk(b"IDAT", z[:cut]) + chunk(b"IDAT", z[cut:]) + chunk(b"IEND", b"")


def bmp(rng, bits, comp=0, masks=b"", colours=0, size=40, topdown=False, data=None, shape=None):
    w, h = shape or (int(v) for v in rng.integers(1, 20, 2))
    stride = (w * bits + 31) // 32 * 4
    if data is None:
        data = rng.integers(0, 256, stride * h, dtype=np.uint8).tobytes()
    pal = b""
    if bits <= 8:
        n = colours or 1 << bits
        pal = rng.integers(0, 256, n * (3 if size == 12 else 4), dtype=np.uint8).tobytes()
    if size == 12:
        head = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", size, w, -h if topdown else h, 1, bits, comp, len(data), 0, 0, colours, 0)
        head += masks
        head += bytes(max(0, size - len(head)))
    off = 14 + len(head) + len(pal)
    return b"BM" + struct.pack("<IHHI", off + len(data), 0, 0, off) + head + pal + data


def rle(rng, four):
    """A run-length picture: rows of runs and literals, an end of row after each."""
    w, h = (int(v) for v in rng.integers(4, 20, 2))
    data = b""
    for y in range(h):
        x = 0
        while x < w:
            n = int(rng.integers(1, w - x + 1))
            if n >= 3 and rng.random() < 0.5:
                size = (n + 1) // 2 if four else n
                data += bytes([0, n]) + rng.integers(0, 256, size, dtype=np.uint8).tobytes() + bytes(size % 2)
            else:
                data += bytes([n, int(rng.integers(0, 256))])
            x += n
        data += b"\0\0" if y < h - 1 else b"\0\1"
    return bmp(rng, 4 if four else 8, comp=2 if four else 1, data=data, shape=(w, h))


def pnm(rng, kind):
    w, h = (int(v) for v in rng.integers(1, 20, 2))
    n = w * h * (3 if kind in "36" else 1)
    head = f"P{kind}\n# a comment\n{w} {h}\n"
    if kind == "1":
        return (head + "".join(rng.choice(["0", "1", "0 ", "1\n"], n))).encode()
    if kind == "4":
        return head.encode() + rng.integers(0, 256, h * ((w + 7) // 8), dtype=np.uint8).tobytes()
    maxval = int(rng.choice([1, 3, 100, 255, 256, 1000, 65535]))
    head += f"{maxval}\n"
    v = rng.integers(0, maxval + 1, n)
    if kind in "23":
        return (head + " ".join(map(str, v)) + "\n").encode()
    return head.encode() + v.astype(">u2" if maxval > 255 else np.uint8).tobytes()


def smooth(rng, channels):
    w, h = (int(v) for v in rng.integers(1, 40, 2))
    coarse = rng.integers(0, 256, (5, 5, channels), dtype=np.uint8)
    return Image.fromarray(coarse, "RGB" if channels == 3 else "RGBA").resize((w, h), Image.BICUBIC)


def saved(im, kind, **options):
    f = io.BytesIO()
    im.save(f, kind, **options)
    return f.getvalue()


def gif(rng):
    w, h = (int(v) for v in rng.integers(1, 20, 2))
    im = Image.fromarray(rng.integers(0, 16, (h, w), dtype=np.uint8), "P")
    im.putpalette(rng.integers(0, 256, 48, dtype=np.uint8).tobytes())
    options = {"transparency": int(rng.integers(0, 16))} if rng.random() < 0.5 else {}
    data = saved(im, "GIF", interlace=int(rng.integers(0, 2)), **options)
    if rng.random() < 0.5:  # the frame covers a part of a larger screen
        at = data.index(b"\x2c\0\0\0\0")
        data = data[:6] + struct.pack("<HH", w + 3, h + 2) + data[10 : at + 1] + struct.pack("<HH", 2, 1) + data[at + 5 :]
    return data


def webp_animation(rng):
    """Two frames; half the time the first covers a part of a larger canvas."""
    options = {"lossless": True} if rng.random() < 0.5 else {"quality": 70}
    channels = 3 + int(rng.integers(0, 2))
    first = smooth(rng, channels)
    data = saved(first, "WEBP", save_all=True, append_images=[first.transpose(Image.Transpose.ROTATE_180)], **options)
    if rng.random() < 0.5:
        at = data.index(b"ANMF") + 8
        w, h = first.size
        data = (
            data[:24] + struct.pack("<I", w + 5)[:3] + struct.pack("<I", h + 3)[:3] + data[30:at]
            + b"\2\0\0\1\0\0" + data[at + 6 :]
        )
    return data


def makers():
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for lace in (False, True):
                name = f"png_c{colour}_d{depth}" + ("_adam7" if lace else "")
                yield name, lambda r, d=depth, c=colour, i=lace: png(r, d, c, i)
    yield "png_grey_trns", lambda r: png(r, 8, 0, trns=True)
    yield "png_rgb_trns", lambda r: png(r, 8, 2, trns=True)
    yield "png_palette_trns", lambda r: png(r, 8, 3, trns=True)
    yield "png_palette_short", lambda r: png(r, 8, 3, palette=5)
    for bits in (1, 4, 8, 16, 24, 32):
        yield f"bmp_{bits}", lambda r, b=bits: bmp(r, b)
    for bits in (1, 4, 8, 24):
        yield f"bmp_os2_{bits}", lambda r, b=bits: bmp(r, b, size=12)
    yield "bmp_topdown", lambda r: bmp(r, 24, topdown=True)
    yield "bmp_8_few", lambda r: bmp(r, 8, colours=7)
    yield "bmp_rle8", lambda r: rle(r, False)
    yield "bmp_rle4", lambda r: rle(r, True)
    for name, bits, masks in [
        ("565", 16, (0xF800, 0x7E0, 0x1F)), ("555", 16, (0x7C00, 0x3E0, 0x1F)),
        ("bgrx", 32, (0xFF0000, 0xFF00, 0xFF)), ("xbgr", 32, (0xFF000000, 0xFF0000, 0xFF00)),
        ("bgxr", 32, (0xFF000000, 0xFF00, 0xFF)),
    ]:
        yield f"bmp_{name}", lambda r, b=bits, m=masks: bmp(r, b, comp=3, masks=struct.pack("<3I", *m))
    for name, masks in [
        ("v4_rgba", (0xFF, 0xFF00, 0xFF0000, 0xFF000000)), ("v4_bgra", (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        ("v4_abgr", (0xFF000000, 0xFF0000, 0xFF00, 0xFF)), ("v4_bgar", (0xFF000000, 0xFF00, 0xFF, 0xFF0000)),
        ("v4_zero", (0, 0, 0, 0)),
    ]:
        yield f"bmp_{name}", lambda r, m=masks: bmp(r, 32, comp=3, masks=struct.pack("<4I", *m), size=108)
    for kind in "123456":
        yield f"pnm_p{kind}", lambda r, k=kind: pnm(r, k)
    yield "webp_lossy", lambda r: saved(smooth(r, 3), "WEBP", quality=int(r.integers(10, 100)))
    yield "webp_lossless", lambda r: saved(smooth(r, 3), "WEBP", lossless=True)
    yield "webp_alpha", lambda r: saved(smooth(r, 4), "WEBP", quality=80)
    yield "webp_lossless_alpha", lambda r: saved(smooth(r, 4), "WEBP", lossless=True, exact=True)
    yield "webp_animation", webp_animation
    yield "gif", gif
    for name, options in {
        "444": {"subsampling": 0}, "422": {"subsampling": 1}, "420": {"subsampling": 2},
        "progressive": {"progressive": True}, "restart": {"restart_marker_blocks": 2},
    }.items():
        yield f"jpeg_{name}", lambda r, o=options: saved(smooth(r, 3), "JPEG", quality=int(r.integers(20, 100)), **o)
    yield "jpeg_grey", lambda r: saved(smooth(r, 3).convert("L"), "JPEG")
    yield "jpeg_cmyk", lambda r: saved(smooth(r, 3).convert("CMYK"), "JPEG")


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    arrays = {}
    for name, make in makers():
        for i in range(count):
            data = make(np.random.default_rng([i, *name.encode()]))
            key = name if count == 1 else f"{name}_{i}"
            arrays[key + ".file"] = np.frombuffer(data, np.uint8)
            arrays[key + ".rgb"] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.savez_compressed(sys.argv[1], **arrays)
    print(len(arrays) // 2, "images")


main()
