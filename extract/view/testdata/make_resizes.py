#!/usr/bin/env python3
"""Makes views of small random images with Pillow, for sizes that photographs lack.

    python3 make_resizes.py resizes.npz        # Pillow 13.0.0, NumPy; the committed file
    python3 make_resizes.py many.npz 2000 300  # more, with sides below 300, for go test -run Resizes -resizes …/many.npz

For each case N the archive holds N.src [H,W,3], N.params (view size, resize, and
the crop's top, left, height, width, flip; then the interpolation, 0 bilinear, 1 bicubic,
2 Lanczos, and whether the evaluation squashes and rounds down), and the views N.train
and N.eval. The evaluation view is torchvision's Resize(resize) and CenterCrop(size), or
with squash Resize((resize, resize)); transformers' center_crop rounds down.

In the first half of the cases the evaluation resizes to 256/224 of the size, and nothing
is squashed or rounded down.
"""
import sys

import numpy as np
from PIL import Image

SHAPES = [(1, 1), (150, 2), (2, 150), (1, 40), (40, 1), (7, 7), (8, 8), (9, 8), (16, 33), (33, 16), (5, 90)]


FILTERS = [Image.BILINEAR, Image.BICUBIC, Image.LANCZOS]


def evaluate(im, resize, size, resample, squash, down):
    w, h = im.size
    short, long = min(w, h), max(w, h)
    other = resize if squash else int(resize * long / short)
    im = im.resize((resize, other) if w <= h else (other, resize), resample)
    if down:
        left, top = (im.width - size) // 2, (im.height - size) // 2
    else:
        left, top = int(round((im.width - size) / 2.0)), int(round((im.height - size) / 2.0))
    return im.crop((left, top, left + size, top + size))


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 99
    rng = np.random.default_rng(0)
    arrays = {}
    for i in range(count):
        size = int(rng.integers(1, 13 if len(sys.argv) < 4 else 65))
        resize = (256 * size + 112) // 224
        k, squash, down = i % 3, 0, 0
        if i >= count // 2:
            resize = size + int(rng.integers(0, 9))
            squash, down = (int(v) for v in rng.integers(0, 2, 2))
        largest = int(sys.argv[3]) if len(sys.argv) > 3 else 32
        w, h = SHAPES[i // 3] if i // 3 < len(SHAPES) else (int(v) for v in rng.integers(1, largest, 2))
        src = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
        ch, cw = int(rng.integers(1, h + 1)), int(rng.integers(1, w + 1))
        top, left = int(rng.integers(0, h - ch + 1)), int(rng.integers(0, w - cw + 1))
        flip = int(rng.integers(0, 2))
        im = Image.fromarray(src)
        view = im.crop((left, top, left + cw, top + ch)).resize((size, size), FILTERS[k])
        if flip:
            view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        arrays[f"{i}.src"] = src
        arrays[f"{i}.params"] = np.array([size, resize, top, left, ch, cw, flip, k, squash, down], np.int64)
        arrays[f"{i}.train"] = np.asarray(view)
        arrays[f"{i}.eval"] = np.asarray(evaluate(im, resize, size, FILTERS[k], squash, down))
    np.savez_compressed(sys.argv[1], **arrays)
    print(count, "cases")


main()
