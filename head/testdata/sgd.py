"""Writes sgd.json: small heads as PyTorch's SGD, StepLR and CrossEntropyLoss train them.

    python sgd.py > sgd.json      # PyTorch 1.13, NumPy 1.24
"""

import json

import numpy as np
import torch

N, D, C, EPOCHS, BATCH = 14, 5, 3, 5, 4
f32 = lambda t: [float(v) for v in t.detach().numpy().ravel()]


def case(name, hidden=0, momentum=0.9, nesterov=False, weight_decay=0.0, smoothing=0.0, weights=None, lr=0.05, seed=0):
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    x = torch.tensor(rng.normal(size=(N, D)).astype(np.float32))
    y = torch.tensor(rng.integers(0, C, N))
    layers = [torch.nn.Linear(D, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, C)] if hidden else [torch.nn.Linear(D, C)]
    net = torch.nn.Sequential(*layers)
    out = {
        "name": name, "hidden": hidden, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay,
        "label_smoothing": smoothing, "class_weights": weights, "lr": lr, "step": 2, "gamma": 0.5, "batch": BATCH,
        "x": f32(x), "y": y.tolist(), "start": [f32(p) for p in net.parameters()], "order": [], "loss": [], "end": [],
    }
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(weights) if weights else None, label_smoothing=smoothing)
    sgd = torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
    fall = torch.optim.lr_scheduler.StepLR(sgd, 2, 0.5)
    for _ in range(EPOCHS):
        order = rng.permutation(N)
        for at in range(0, N, BATCH):
            rows = torch.tensor(order[at : at + BATCH])
            sgd.zero_grad()
            loss(net(x[rows]), y[rows]).backward()
            sgd.step()
        fall.step()
        out["order"].append(order.tolist())
        out["loss"].append(float(loss(net(x), y)))
        out["end"].append([f32(p) for p in net.parameters()])
    return out


print(json.dumps([
    case("plain", momentum=0.0),
    case("momentum", seed=1),
    case("nesterov", nesterov=True, seed=2),
    case("weight decay", weight_decay=0.1, seed=3),
    case("nesterov and weight decay", nesterov=True, weight_decay=0.05, momentum=0.8, seed=4),
    case("label smoothing", smoothing=0.1, seed=5),
    case("class weights", weights=[0.5, 2.0, 1.25], seed=6),
    case("label smoothing and class weights", smoothing=0.2, weights=[0.5, 2.0, 1.25], seed=7),
    case("everything", nesterov=True, weight_decay=0.01, smoothing=0.1, weights=[3.0, 0.1, 1.0], seed=8),
    case("hidden", hidden=6, seed=9),
    case("hidden and everything", hidden=6, nesterov=True, weight_decay=0.01, smoothing=0.1, weights=[3.0, 0.1, 1.0], seed=10),
]))
