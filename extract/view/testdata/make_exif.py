#!/usr/bin/env python3
"""Makes small images with every form of an orientation, and what Pillow shows.

    python3 make_exif.py exif.npz          # Pillow 13.0.0, NumPy; the committed file

The archive holds under NAME.file the encoded bytes, and under NAME.rgb the uint8
[H,W,3] that ImageOps.exif_transpose and convert("RGB") make of them. Where Pillow raises
an exception because of the metadata, it is the picture as it is stored.
"""
import io
import struct
import sys
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps

warnings.simplefilter("ignore")
PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (3, 5, 3), dtype=np.uint8), "RGB")
ORIENTATION = 0x112
BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE, IFD = range(1, 14)


def tiff(order, *entries, magic=None, start=8, tail=b""):
    """A TIFF file of one directory; entries are (tag, type, count, value field)."""
    b = magic or {"<": b"II*\0", ">": b"MM\0*"}[order]
    b += struct.pack(order + "I", start) + struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        b += struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0")
    return b + bytes(4) + tail


def short(order, value):
    return tiff(order, (ORIENTATION, SHORT, 1, struct.pack(order + "H", value)))


def far(order, kind, count, data, *before):
    """The value lies behind a directory of the entries before and this one."""
    at = 8 + 2 + 12 * (len(before) + 1) + 4
    return tiff(order, *before, (ORIENTATION, kind, count, struct.pack(order + "I", at)), tail=data)


def exifs():
    for order, name in ("<", "ii"), (">", "mm"):
        for value in range(10):
            yield f"{name}_{value}", short(order, value)
        for kind, form in {
            "byte": "B", "short": "H", "long": "I", "sbyte": "b", "sshort": "h", "slong": "i", "float": "f", "ifd": "I",
        }.items():
            code = globals()[kind.upper()]
            yield f"{name}_{kind}", tiff(order, (ORIENTATION, code, 1, struct.pack(order + form, 6)))
        yield f"{name}_ascii", tiff(order, (ORIENTATION, ASCII, 2, b"6\0"))
        yield f"{name}_undefined", tiff(order, (ORIENTATION, UNDEFINED, 1, b"\6"))
        yield f"{name}_rational", far(order, RATIONAL, 1, struct.pack(order + "II", 12, 2))
        yield f"{name}_rational_half", far(order, RATIONAL, 1, struct.pack(order + "II", 13, 2))
        yield f"{name}_rational_over_0", far(order, RATIONAL, 1, struct.pack(order + "II", 6, 0))
        yield f"{name}_srational", far(order, SRATIONAL, 1, struct.pack(order + "ii", -8, -1))
        yield f"{name}_double", far(order, DOUBLE, 1, struct.pack(order + "d", 5))
        yield f"{name}_long8", far(order, 16, 1, struct.pack(order + "Q", 7))
        yield f"{name}_count_0", tiff(order, (ORIENTATION, SHORT, 0, struct.pack(order + "H", 6)))
        yield f"{name}_count_2", tiff(order, (ORIENTATION, SHORT, 2, struct.pack(order + "HH", 6, 3)))
        yield f"{name}_count_3", far(order, SHORT, 3, struct.pack(order + "HHH", 8, 3, 1))
        yield f"{name}_count_long", tiff(order, (ORIENTATION, SHORT, 1 << 31, struct.pack(order + "H", 6)))
    six, three = struct.pack("<H", 6), struct.pack("<H", 3)
    yield "twice", tiff("<", (ORIENTATION, SHORT, 1, six), (ORIENTATION, SHORT, 1, three))
    yield "second_is_valid", tiff("<", (ORIENTATION, 99, 1, six), (ORIENTATION, SHORT, 1, three))
    yield "after_data_beyond_the_end", tiff("<", (0x10E, ASCII, 20, struct.pack("<I", 999)), (ORIENTATION, SHORT, 1, six))
    yield "after_data_too_long", tiff("<", (0x10E, ASCII, 9999, struct.pack("<I", 0)), (ORIENTATION, SHORT, 1, six))
    yield "after_the_same_tag", tiff(
        "<", (0x10E, ASCII, 2, b"a"), (0x10E, ASCII, 20, struct.pack("<I", 999)), (ORIENTATION, SHORT, 1, six)
    )
    yield "prefix_twice", b"Exif\0\0" + short("<", 6)
    yield "order_of_42_wrong_ii", tiff("<", (ORIENTATION, SHORT, 1, six), magic=b"II\0*")
    yield "order_of_42_wrong_mm", tiff(">", (ORIENTATION, SHORT, 1, b"\0\6"), magic=b"MM*\0")
    yield "big_tiff_ii", tiff("<", (ORIENTATION, SHORT, 1, six), magic=b"II+\0")
    yield "big_tiff_mm", tiff(">", (ORIENTATION, SHORT, 1, b"\0\6"), magic=b"MM\0+")
    yield "no_tiff", b"hello, world"
    yield "short", b"II*\0"
    yield "directory_beyond_the_end", tiff("<", (ORIENTATION, SHORT, 1, six), start=9999)
    yield "directory_cut", short("<", 6)[:20]
    yield "no_next_directory", short("<", 6)[:-4]


def packet(value):
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description ' + value + b"</rdf:Description></x:xmpmeta>"


XMPS = {
    "attribute": packet(b'tiff:Orientation="6">'),
    "element": packet(b"><tiff:Orientation>8</tiff:Orientation>"),
    "0": packet(b'tiff:Orientation="0">'),
    "9": packet(b'tiff:Orientation="9">'),
    "12": packet(b'tiff:Orientation="12">'),
    "apostrophes": packet(b"tiff:Orientation='6'>"),
    "twice": packet(b'tiff:Orientation="3" tiff:Orientation="6">'),
    "not_utf8": packet(b'\xff tiff:Orientation="5">'),
    "empty": b"",
}


def cases():
    """(name, EXIF or None, XMP or None)"""
    for name, exif in exifs():
        yield "exif_" + name, exif, None
    for name, xmp in XMPS.items():
        yield "xmp_" + name, None, xmp
    attribute = XMPS["attribute"]
    yield "both", short("<", 3), attribute
    yield "both_exif_upright", short("<", 1), attribute
    yield "both_exif_9", short("<", 9), attribute
    yield "both_exif_byte", tiff("<", (ORIENTATION, BYTE, 1, b"\6")), attribute
    yield "both_exif_other_tag", tiff("<", (0x113, SHORT, 1, b"\3")), attribute
    yield "both_exif_count_0", tiff("<", (ORIENTATION, SHORT, 0, b"\3")), attribute
    yield "both_exif_empty", b"", attribute
    yield "both_exif_no_tiff", b"hello, world", attribute


def saved(kind, **options):
    f = io.BytesIO()
    PICTURE.save(f, kind, **options)
    return f.getvalue()


def app1(body):
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


EXIF, XAP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"


def jpeg(*segments, file=None):
    file = file or saved("JPEG", quality=90)
    return file[:2] + b"".join(segments) + file[2:]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks, after=b""):
    file = saved("PNG")
    at = file.index(b"IDAT") - 4
    return file[:at] + b"".join(chunks) + file[at:-12] + after + file[-12:]


def itxt(text, flags=b"\0\0"):
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + flags + b"\0\0" + text)


def webp(exif, xmp, flags=None):
    picture = saved("WEBP", lossless=True)[12:]
    if flags is None:
        flags = 8 * (exif is not None) + 4 * (xmp is not None)
    w, h = PICTURE.size
    b = b"VP8X" + struct.pack("<II", 10, flags) + struct.pack("<I", w - 1)[:3] + struct.pack("<I", h - 1)[:3] + picture
    for kind, body in (b"EXIF", exif), (b"XMP ", xmp):
        if body is not None:
            b += kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(b) + 4) + b"WEBP" + b


EVERYWHERE = "ii_6", "mm_8", "ii_long", "prefix_twice", "no_tiff", "short"


def files():
    for name, exif, xmp in cases():
        segments, chunks = [], []
        if exif is not None:
            segments.append(app1(EXIF + exif))
            chunks.append(chunk(b"eXIf", exif))
        if xmp is not None:
            segments.append(app1(XAP + xmp))
            chunks.append(itxt(xmp))
        yield f"png_{name}", png(*chunks)
        if not name.startswith("exif_") or name[5:] in EVERYWHERE:
            yield f"jpeg_{name}", jpeg(*segments)
            yield f"webp_{name}", webp(exif, xmp)
    six, three, attribute, element = short("<", 6), short(">", 3), XMPS["attribute"], XMPS["element"]
    yield "jpeg_two_segments", jpeg(app1(EXIF + six[:15]), app1(EXIF + six[15:]))
    yield "jpeg_second_exif", jpeg(app1(EXIF + six), app1(EXIF + three))
    yield "jpeg_two_packets", jpeg(app1(XAP + attribute), app1(XAP + element))
    yield "jpeg_padding", jpeg(b"\xff\xff\xff" + app1(EXIF + six)[1:])
    yield "jpeg_dpi", jpeg(app1(EXIF + six), file=saved("JPEG", dpi=(72, 72)))
    file = saved("JPEG", quality=90)
    yield "jpeg_after_the_frame", file[: file.index(b"\xff\xda")] + app1(EXIF + six) + file[file.index(b"\xff\xda") :]
    yield "jpeg_after_the_picture", file[:-2] + app1(EXIF + six) + file[-2:]
    yield "png_after", png(after=chunk(b"eXIf", six))
    yield "png_after_bad_checksum", png(after=chunk(b"eXIf", six)[:-1] + b"?")
    yield "png_after_xmp", png(after=itxt(element))
    yield "png_two_exifs", png(chunk(b"eXIf", six), chunk(b"eXIf", three))
    yield "png_two_packets", png(itxt(attribute), itxt(element))
    yield "png_compressed_xmp", png(itxt(zlib.compress(element), b"\1\0"))
    yield "png_compressed_xmp_cut", png(itxt(zlib.compress(element + bytes(9))[:-6], b"\1\0"))
    yield "png_compression_unknown", png(itxt(zlib.compress(element), b"\1\1"))
    yield "png_text_xmp", png(chunk(b"tEXt", b"XML:com.adobe.xmp\0" + element))
    profile = b"\nexif\n%8d\n" % len(EXIF + six) + (EXIF + six).hex().encode() + b"\n"
    yield "png_profile", png(chunk(b"tEXt", b"Raw profile type exif\0" + profile))
    yield "png_compressed_profile", png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)))
    yield "png_profile_and_exif", png(chunk(b"eXIf", three), chunk(b"tEXt", b"Raw profile type exif\0" + profile))
    yield "png_profile_no_digits", png(chunk(b"tEXt", b"Raw profile type exif\0\nexif\n1\nxy"))
    yield "webp_no_flags", webp(six, attribute, flags=0)
    yield "webp_flag_of_the_other", webp(six, attribute, flags=4)
    yield "webp_prefix", webp(EXIF + six, None)
    data = webp(six, None)
    yield "webp_two_exifs", data[:4] + struct.pack("<I", len(data) + len(three)) + data[8:] + b"EXIF" + struct.pack("<I", len(three)) + three
    yield "gif_xmp", saved("GIF")[:-1] + b"\x21\xff\x0bXMP DataXMP" + bytes([len(attribute)]) + attribute + b"\0;"


def shown(data):
    image = Image.open(io.BytesIO(data))
    try:
        image = ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, struct.error):
        image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGB"))


def main():
    arrays = {}
    for name, data in files():
        arrays[name + ".file"] = np.frombuffer(data, np.uint8)
        arrays[name + ".rgb"] = shown(data)
    np.savez_compressed(sys.argv[1], **arrays)
    print(len(arrays) // 2, "images")


main()
