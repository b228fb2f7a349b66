#!/usr/bin/env python3
"""Training the head: ours against PyTorch and scikit-learn, on the same features in the same run.

    python bench/head.py --cache FILE [--pipeline FILE] [--rounds 5]

Needs PyTorch and scikit-learn, and a feature store that extract made. Builds the pipeline command
unless --pipeline names one. Each round times, one after the other and each on one thread: PyTorch's
steps at batch 4 (forward, cross-entropy, backward, SGD with momentum), training only a Linear on
the features in memory; scikit-learn's SGDClassifier over samples; and 'pipeline fit', whose time
includes validating after every epoch. Prints the best round of each, and the ratios.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time

import numpy as np
import sklearn
import torch
from sklearn.linear_model import SGDClassifier

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def torch_step(x, y, classes, batch=4, epochs=2, statistics=True):
    """Seconds a step, with or without the epoch's running loss and accuracy, which ours always keeps."""
    net = torch.nn.Linear(x.shape[1], classes)
    loss = torch.nn.CrossEntropyLoss()
    sgd = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    steps, took, lost, right = 0, 0.0, 0.0, 0
    for _ in range(epochs):
        order = torch.randperm(len(y)).split(batch)
        start = time.perf_counter()
        for rows in order:
            sgd.zero_grad()
            logits = net(x[rows])
            l = loss(logits, y[rows])
            l.backward()
            sgd.step()
            if statistics:
                lost += l.item() * len(rows)
                right += (logits.argmax(1) == y[rows]).sum().item()
        took += time.perf_counter() - start
        steps += len(order)
    return took / steps


def sklearn_sample(x, y, epochs=25):
    """Seconds a sample of one binary classifier."""
    sgd = SGDClassifier(loss="log_loss", penalty=None, learning_rate="constant", eta0=0.001, max_iter=epochs, tol=None)
    start = time.perf_counter()
    sgd.fit(x, y)
    return (time.perf_counter() - start) / (epochs * len(y))


def ours(binary, cache, out):
    text = subprocess.run([binary, "fit", "--cache", cache, "--out", out, "--json"],
                          check=True, stdout=subprocess.PIPE, env={**os.environ, "GOMAXPROCS": "1"}).stdout
    return json.loads(text)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--cache", required=True)
    p.add_argument("--pipeline")
    p.add_argument("--rounds", type=int, default=5)
    a = p.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as tmp:
        if not a.pipeline:
            a.pipeline = os.path.join(tmp, "pipeline")
            subprocess.run(["go", "build", "-o", a.pipeline, "./cmd/pipeline"], cwd=ROOT, check=True)
        npz = os.path.join(tmp, "features.npz")
        subprocess.run([a.pipeline, "export", "--cache", a.cache, "--format", "npz", "--file", npz], check=True)
        data = np.load(npz)
        train = (data["split"] == 0) & (data["view"] == 1)
        x, y = np.ascontiguousarray(data["features"][train]), data["labels"][train]
        classes = len(data["classes"])
        theirs, bare, learn, fits = [], [], [], []
        for _ in range(a.rounds):
            theirs.append(torch_step(x, y, classes))
            bare.append(torch_step(x, y, classes, statistics=False))
            learn.append(sklearn_sample(x, y))
            fits.append(ours(a.pipeline, a.cache, os.path.join(tmp, "head")))
    fit = min(fits, key=lambda f: f["train_seconds"])
    epochs, seconds = len(fit["history"]), fit["train_seconds"]
    step = seconds / (epochs * -(-fit["train"] // 4))
    sample = seconds / (epochs * fit["train"])
    print(f"{fit['train']} training and {fit['val']} validation images, {x.shape[1]} features, {classes} classes")
    print(f"a step at batch 4: PyTorch {torch.__version__} {min(theirs) * 1e6:.1f} µs, ours {step * 1e6:.3f} µs: {min(theirs) / step:.0f} × as fast")
    print(f"without the running loss and accuracy, which ours keeps: PyTorch {min(bare) * 1e6:.1f} µs, {min(bare) / step:.0f} ×")
    print(f"a sample: scikit-learn {sklearn.__version__} {min(learn) * 1e6:.2f} µs, ours {sample * 1e6:.3f} µs: {min(learn) / sample:.1f} × as fast")
    print(f"{epochs} epochs: {seconds * 1e3:.2f} ms of training and validation, {min(f['total_seconds'] for f in fits) * 1e3:.1f} ms in all")


if __name__ == "__main__":
    main()
