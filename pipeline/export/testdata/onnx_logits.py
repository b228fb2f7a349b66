"""Run an exported network in ONNX Runtime: onnx_logits.py IN OUT MODEL N

IN holds the images [N,3,H,W] and OUT gets the logits [N,C], both as raw float32.
"""
import json
import sys

import numpy as np
import onnx
import onnxruntime

source, target, path, n = sys.argv[1:]
onnx.checker.check_model(path, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
assert [o.name for o in session.get_outputs()] == ["logits", "probabilities"]
classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
(image,) = session.get_inputs()
x = np.fromfile(source, "<f4").reshape(int(n), *image.shape[1:])
logits, probabilities = session.run(None, {image.name: x})
assert logits.shape == (int(n), len(classes)), logits.shape
e = np.exp(logits - logits.max(1, keepdims=True))
assert np.abs(e / e.sum(1, keepdims=True) - probabilities).max() < 1e-6
logits.astype("<f4").tofile(target)
