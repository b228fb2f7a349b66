#!/usr/bin/env python3
"""JPEG decoding, ours against Pillow, on the same files in the same run.

    python bench/jpeg.py [ROUNDS]

Needs Pillow and the reference data in ../shared. Each round times Pillow, then
package jpeg's benchmark, on one thread. Prints the best round of each in
milliseconds per image, and how many times as fast as Pillow ours is. Both decode from
memory to RGB.
"""

import glob
import io
import os
import re
import subprocess
import sys
import tempfile
import time

import PIL
from PIL import Image, features

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SHARED = os.path.join(ROOT, "..", "shared")


def read(paths):
    return [open(p, "rb").read() for p in sorted(paths)]


def pillow(files, seconds=0.2):
    """Seconds an image, over whole passes for at least the given time."""
    passes, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < seconds or not passes:
        for data in files:
            Image.open(io.BytesIO(data)).convert("RGB")
        passes += 1
    return took / passes / len(files)


def ours(binary, name):
    """Seconds an image."""
    out = subprocess.run(
        [binary, "-test.run=^$", f"-test.bench=^BenchmarkDecode$/^{re.escape(name)}$", "-test.benchtime=0.2s"],
        check=True, capture_output=True, text=True, cwd=os.path.join(ROOT, "extract", "view", "jpeg"),
        env={**os.environ, "GOMAXPROCS": "1"},
    ).stdout
    return float(re.search(r"([\d.]+) ms/image", out).group(1)) / 1e3


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sets = {"ants-and-bees": read(glob.glob(f"{SHARED}/data/hymenoptera/**/*.jpg", recursive=True))}
    for path in sorted(glob.glob(f"{SHARED}/golden/transforms/*.jpg")):
        sets[os.path.basename(path)] = read([path])
    print(f"Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}")
    print(f"{'':16} {'Pillow ms':>10} {'ours ms':>10} {'speed':>7}")
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "jpeg.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./extract/view/jpeg"], check=True, cwd=ROOT)
        for name, files in sets.items():
            theirs, mine = [], []
            for _ in range(rounds):
                theirs.append(pillow(files))
                mine.append(ours(binary, name))
            print(f"{name:16} {min(theirs) * 1e3:10.3f} {min(mine) * 1e3:10.3f} {min(theirs) / min(mine):6.2f}×")


if __name__ == "__main__":
    main()
