"""Writes metrics.json: random classifications as scikit-learn measures them.

    pip install scikit-learn==1.9.1 && python metrics.py > metrics.json
"""

import json

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import binomtest
from sklearn import metrics as sk


def wilson(hits, n):
    if n == 0:
        return [0, 1]
    ci = binomtest(int(hits), int(n)).proportion_ci(0.95, method="wilson")
    return [ci.low, ci.high]


def calibration_error(prob, labels, bins=15):
    confidence, right = prob.max(1), prob.argmax(1) == labels
    error = 0
    for b in range(bins):
        in_bin = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if in_bin.any():
            error += in_bin.mean() * abs(right[in_bin].mean() - confidence[in_bin].mean())
    return error


def case(rng, name, n, classes, absent=(), scale=2.0, ties=True, one_prediction=False):
    labels = rng.integers(0, classes, n)
    labels[np.isin(labels, absent)] = min(set(range(classes)) - set(absent))
    logits = rng.normal(size=(n, classes)) * scale
    logits[np.arange(n), labels] += scale / 2
    if one_prediction:
        logits[:, 0] += 50
    if ties:  # whole rows repeated, with other labels
        logits[n // 2 :] = logits[: n - n // 2]
    logits = np.round(logits, 2).astype(np.float32)

    l = logits.astype(np.float64)
    prob, pred, every = softmax(l, 1), logits.argmax(1), np.arange(classes)
    precision, recall, f1, support = sk.precision_recall_fscore_support(labels, pred, labels=every, zero_division=0)
    confusion = sk.confusion_matrix(labels, pred, labels=every)
    auc, ap = [], []
    for c in range(classes):
        hit = labels == c
        score = l[:, c] - logsumexp(np.delete(l, c, 1), axis=1)
        auc.append(sk.roc_auc_score(hit, score) if hit.any() and not hit.all() else None)
        ap.append(sk.average_precision_score(hit, score) if hit.any() else None)
    known = [a for a in auc if a is not None]
    return {
        "name": name, "classes": classes, "labels": labels.tolist(),
        "logits": [float(f"{v:.2f}") for v in logits.ravel()],
        "accuracy": sk.accuracy_score(labels, pred),
        "accuracy_interval": wilson((labels == pred).sum(), n),
        "balanced_accuracy": sk.balanced_accuracy_score(labels, pred),
        "macro_f1": sk.f1_score(labels, pred, average="macro"),
        # sk.log_loss, but that clips probabilities at 2.2e-16.
        "log_loss": float(np.mean(logsumexp(l, axis=1) - l[np.arange(n), labels])),
        "roc_auc": float(np.mean(known)) if known else None,
        "calibration_error": calibration_error(prob, labels),
        "confusion": confusion.tolist(),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
        "precision_interval": [wilson(confusion[c, c], confusion[:, c].sum()) for c in every],
        "recall_interval": [wilson(confusion[c, c], support[c]) for c in every],
        "class_roc_auc": auc, "average_precision": ap,
    }


rng = np.random.default_rng(1)
print(json.dumps([
    case(rng, "binary", 60, 2),
    case(rng, "binary without ties", 61, 2, ties=False),
    case(rng, "binary, confident", 50, 2, scale=40),
    case(rng, "binary, one sample", 1, 2, ties=False),
    case(rng, "binary, one class only", 20, 2, absent=[0]),
    case(rng, "binary, one prediction", 30, 2, one_prediction=True),
    case(rng, "three classes", 70, 3),
    case(rng, "five classes, one absent", 60, 5, absent=[2]),
    case(rng, "seven classes, weak", 80, 7, scale=0.3),
]))
