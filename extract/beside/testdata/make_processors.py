#!/usr/bin/env python3
"""Makes inputs of networks with transformers' own image processors, from small random
images.

    python3 make_processors.py processors.npz    # transformers 4.57.6, Pillow 13.0.0, NumPy

For each processor NAME the archive holds NAME.config, the bytes of the
preprocessor_config.json that it saves, and for each image I of 0 and 1 NAME.I.src [H,W,3]
and NAME.I.out [3,S,S], what it makes of the image.
"""
import sys
import tempfile

import numpy as np
import transformers as t
from PIL import Image

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}


def edge(n):
    return {"shortest_edge": n}


def square(n):
    return {"height": n, "width": n}


PROCESSORS = {
    "clip": t.CLIPImageProcessor(size=edge(12), crop_size=square(12)),
    "clip_squashed": t.CLIPImageProcessor(size=square(14), crop_size=square(12)),
    "dinov2": t.BitImageProcessor(size=edge(14), crop_size=square(11), **IMAGENET),
    "lanczos": t.BitImageProcessor(size=edge(15), crop_size=square(12), resample=1, **IMAGENET),
    "vit": t.ViTImageProcessor(size=square(13)),
    "swin": t.ViTImageProcessor(size=square(12), resample=3, **IMAGENET),
    "siglip": t.SiglipImageProcessor(size=square(12)),
    "convnext": t.ConvNextImageProcessor(size=edge(12), crop_pct=0.8, resample=3, **IMAGENET),
    "deit": t.DeiTImageProcessor(size=square(15), crop_size=square(12)),
    "beit": t.BeitImageProcessor(size=square(12), do_center_crop=False),
    "levit": t.LevitImageProcessor(size=edge(12), crop_size=square(12)),
    "poolformer": t.PoolFormerImageProcessor(size=edge(12), crop_size=square(12), crop_pct=0.85),
    "poolformer_without_share": t.PoolFormerImageProcessor(size=edge(13), crop_size=square(12), crop_pct=None),
    "mobilenet": t.MobileNetV2ImageProcessor(size=edge(14), crop_size=square(12)),
    "mobilevit": t.MobileViTImageProcessor(size=edge(14), crop_size=square(12)),
    "efficientformer": t.EfficientFormerImageProcessor(size=edge(14), crop_size=square(12)),
    "blip": t.BlipImageProcessor(size=square(12)),
    "pvt": t.PvtImageProcessor(size=square(12)),
    "hybrid": t.ViTHybridImageProcessor(size=edge(14), crop_size=square(12)),
    "bytes": t.ViTImageProcessor(size=square(12), do_rescale=False, image_mean=[127.5] * 3, image_std=[127.5] * 3),
    "plain": t.ViTImageProcessor(size=square(12), do_normalize=False),
}


def main():
    rng = np.random.default_rng(0)
    arrays = {}
    for name, processor in PROCESSORS.items():
        with tempfile.TemporaryDirectory() as folder:
            processor.save_pretrained(folder)
            with open(folder + "/preprocessor_config.json", "rb") as f:
                arrays[name + ".config"] = np.frombuffer(f.read(), np.uint8)
        for i in range(2):
            height, width = (int(n) for n in rng.integers(13, 40, 2))
            image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            out = processor(Image.fromarray(image), return_tensors="np")["pixel_values"][0]
            arrays[f"{name}.{i}.src"] = image
            arrays[f"{name}.{i}.out"] = np.asarray(out, np.float32)
    np.savez_compressed(sys.argv[1], **arrays)
    print(len(PROCESSORS), "processors")


main()
