"""Run the model card's lines: torch_card.py IN OUT HEAD_DIR WIDTH

IN holds features [N,WIDTH] and OUT gets the probabilities [N,C], both as raw float32.
"""
import os
import re
import sys

import numpy as np
import torch

source, target, folder, width = sys.argv[1:]
features = torch.from_numpy(np.fromfile(source, "<f4").reshape(-1, int(width)))
target = os.path.abspath(target)
os.chdir(folder)
with open("MODEL.md", encoding="utf-8") as card:
    (lines,) = re.findall(r"```python\n(.*?)```", card.read(), re.S)
assert len(lines.splitlines()) == 5
exec(lines)
probabilities.detach().numpy().astype("<f4").tofile(target)
