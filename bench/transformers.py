"""Networks of today at full size: makes them with random weights, and times them against the peers.

usage: transformers.py make DIR [--only NAME,...]
       transformers.py time DIR [--only NAME,...] [--threads 1,2] [--batch 1,8] [--rounds 5] [--seconds 2]
                                [--engines ort,openvino] [--peers peers.py] [--pipeline FILE]

make needs torch, timm, onnx and onnxscript. It writes DIR/NAME.onnx (PyTorch's newer exporter and its
default operator set, weights inside, any batch, 224x224) and DIR/NAME.npz with "input" [2,3,224,224] and
PyTorch's "features" [2,D]: what enters the classifier, or the output where there is none. A file that is
there is kept.

time needs the peers' Python packages (see the peers script) and measures as engine.py does. It prints
for each network ms an image by engine, and our time as a share of the faster peer's: below 1 is faster.
A network that we refuse has the peers' rows only. Run it on an idle machine; compare shares, never
figures from different runs.
"""
import argparse
import os

import engine

NETWORKS = {
    "dinov2_s": ("vit_small_patch14_reg4_dinov2", {"img_size": 224}),
    "clip_b32": ("vit_base_patch32_clip_224", {}),
    "vit_b16": ("vit_base_patch16_224", {}),
    "convnext_t": ("convnext_tiny", {}),
    "swin_t": ("swin_tiny_patch4_window7_224", {}),
}


def make(name, folder):
    import numpy as np
    import timm
    import torch

    torch.manual_seed(0)
    architecture, options = NETWORKS[name]
    net = timm.create_model(architecture, pretrained=False, **options).eval()
    with torch.no_grad():
        for p in net.parameters():
            if p.ndim == 1 and p.abs().max() < 1e-3:  # biases of 0 and scales of 1e-6 would hide whole branches
                p.uniform_(-0.5, 0.5)
        x = torch.randn(2, 3, 224, 224)
        features = net.forward_head(net.forward_features(x), pre_logits=True)
    # Two images: an example of one would fix the batch.
    torch.onnx.export(net, (x,), os.path.join(folder, name + ".part"), dynamo=True, external_data=False, verbose=False,
                      input_names=["input"], output_names=["output"], dynamic_shapes=({0: torch.export.Dim("batch")},))
    np.savez(os.path.join(folder, name + ".npz"), input=x.numpy(), features=features.numpy())
    os.replace(os.path.join(folder, name + ".part"), os.path.join(folder, name + ".onnx"))


def table(name, median, columns):
    ours = [e for e in ("pipeline-avx512", "pipeline-avx2") if any(k[0] == e for k in median)]
    peers = sorted({k[0] for k in median} - set(ours))
    print("| %s, ms an image | %s |" % (name, " | ".join("%d thread%s, batch %d" % (t, "s" * (t > 1), b) for t, b in columns)))
    print("|---|" + "---|" * len(columns))
    for e in peers + ours:
        print("| %s | %s |" % (e, " | ".join("%.2f" % median[e, t, b] for t, b in columns)))
    for e in ours:
        print("| %s / the faster peer | %s |" % (e, " | ".join(
            "%.2f" % (median[e, t, b] / min(median[p, t, b] for p in peers)) for t, b in columns)))
    print(flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("mode", choices=["make", "time"])
    p.add_argument("folder")
    p.add_argument("--only", default=",".join(NETWORKS))
    engine.flags(p, "ort,openvino")
    a = p.parse_args()
    if a.mode == "make":
        os.makedirs(a.folder, exist_ok=True)
        for name in a.only.split(","):
            if not os.path.exists(os.path.join(a.folder, name + ".onnx")):
                make(name, a.folder)
        return
    pipeline = a.pipeline or engine.build()
    for name in a.only.split(","):
        model = os.path.join(a.folder, name + ".onnx")
        columns = engine.settings(a)
        table(name, engine.measure(model, pipeline, a.peers, a.engines.split(","), columns, a.rounds, a.seconds), columns)


if __name__ == "__main__":
    main()
