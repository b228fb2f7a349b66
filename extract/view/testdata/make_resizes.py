#!/usr/bin/env python3
"""Makes views of small random images with Pillow, for sizes that photographs lack.

    python3 make_resizes.py resizes.npz        # Pillow 13.0.0, NumPy; the committed file
    python3 make_resizes.py many.npz 2000      # more, for go test -run Resizes -resizes …/many.npz

For each case N the archive holds N.src [H,W,3], N.params (view size, resize, and
the crop's top, left, height, width, flip), and the views N.train and N.eval. The
evaluation view is torchvision's Resize(resize) and CenterCrop(size).
"""
import sys

import numpy as np
from PIL import Image

SHAPES = [(1, 1), (150, 2), (2, 150), (1, 40), (40, 1), (7, 7), (8, 8), (9, 8), (16, 33), (33, 16), (5, 90)]


def evaluate(im, resize, size):
    w, h = im.size
    short, long = min(w, h), max(w, h)
    other = int(resize * long / short)
    im = im.resize((resize, other) if w <= h else (other, resize), Image.BILINEAR)
    left, top = int(round((im.width - size) / 2.0)), int(round((im.height - size) / 2.0))
    return im.crop((left, top, left + size, top + size))


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 44
    rng = np.random.default_rng(0)
    arrays = {}
    for i in range(count):
        size = int(rng.integers(1, 13))
        resize = (256 * size + 112) // 224
        w, h = SHAPES[i] if i < len(SHAPES) else (int(v) for v in rng.integers(1, 32, 2))
        src = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        ch, cw = int(rng.integers(1, h + 1)), int(rng.integers(1, w + 1))
        top, left = int(rng.integers(0, h - ch + 1)), int(rng.integers(0, w - cw + 1))
        flip = int(rng.integers(0, 2))
        im = Image.fromarray(src)
        view = im.crop((left, top, left + cw, top + ch)).resize((size, size), Image.BILINEAR)
        if flip:
            view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        arrays[f"{i}.src"] = src
        arrays[f"{i}.params"] = np.array([size, resize, top, left, ch, cw, flip], np.int64)
        arrays[f"{i}.train"] = np.asarray(view)
        arrays[f"{i}.eval"] = np.asarray(evaluate(im, resize, size))
    np.savez_compressed(sys.argv[1], **arrays)
    print(count, "cases")


main()
