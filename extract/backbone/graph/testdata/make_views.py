#!/usr/bin/env python3
"""Draws small random graphs of operators that move, combine and reduce, and computes them.

    python3 make_views.py [GRAPHS SEED]        # onnx 1.23, ONNX Runtime 1.32, NumPy; writes views.npz

The archive holds the models one after another (models, and their lengths in sizes) and what
ONNX Runtime says of the first image (wants, and their lengths in counts). Every graph ends in
"y". Pixel i of the image [1,3,H,W] is (7919·i mod 1009)/504.5 − 1; a batch of 2 repeats it,
turned round.
"""
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

GRAPHS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 16
LARGEST = 200  # elements of a tensor, of one image

rng = np.random.default_rng(SEED)
onnxruntime.set_default_logger_severity(4)


class Skip(Exception):
    """A node can't be drawn here."""


def choose(*options):
    if not options:
        raise Skip
    return options[rng.integers(len(options))]


def image(shape):
    one = (np.arange(np.prod(shape[1:])) * 7919 % 1009 / 504.5 - 1).astype(np.float32).reshape(1, *shape[1:])
    return np.concatenate([one, one[:, :, ::-1, ::-1]])[: shape[0]]


def run(model, x):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})


class Draw:
    """A graph in the making. It is computed after each node, and a node that can't be is undone."""

    def __init__(self):
        self.batch = choose(1, 1, 1, 1, 2)
        self.symbolic = self.batch == 1 and rng.integers(3) == 0
        self.shape = [self.batch, 3, int(rng.integers(3, 7)), int(rng.integers(3, 7))]
        self.nodes, self.weights, self.names = [], [], 0
        self.values = {}  # of the activations, in order
        while not self.step(self.stem):
            pass

    def stem(self):
        channels, k = choose(2, 3, 4, 6), choose(1, 3)
        return self.node("Conv", "x", self.const(channels, 3, k, k), self.const(channels), strides=[choose(1, 1, 2)] * 2, pads=[k // 2] * 4)

    def name(self):
        self.names += 1
        return f"t{self.names}"

    def node(self, op, *inputs, outputs=1, **attributes):
        out = [self.name() for _ in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), out, **attributes))
        return out[0] if outputs == 1 else out

    def stored(self, values):
        name = f"w{self.name()}"
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def const(self, *dims, low=-8, high=9):
        """A weight of few different values, which packs well."""
        return self.stored((rng.integers(low, high, dims) / 8).astype(np.float32))

    def ints(self, *values):
        return self.stored(np.array(values, np.int64))

    def model(self, outputs):
        shape = ["N", *self.shape[1:]] if self.symbolic else self.shape
        graph = helper.make_graph(
            self.nodes, "views", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [onnx.ValueInfoProto(name=o) for o in outputs], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)

    def step(self, build):
        before = len(self.nodes), len(self.weights), self.names
        ok = False
        try:
            out = build()
            out = out if isinstance(out, list) else [out]
            # nodes in between count too, for they are values as well
            every = [o for n in self.nodes[before[0]:] for o in n.output]
            got = dict(zip(every, run(self.model(every), image(self.shape))))
            ok = bool(every) and all(self.good(v) for v in got.values())
        except Skip:
            pass
        except Exception as e:  # not valid, as ONNX Runtime sees it
            if "onnxruntime" not in type(e).__module__:
                raise
        if ok:
            self.values.update((o, got[o]) for o in out)
        else:
            del self.nodes[before[0]:], self.weights[before[1]:]
            self.names = before[2]
        return ok

    def good(self, v):
        return (v.dtype == np.float32 and 0 < v.size <= LARGEST * self.batch and v.ndim <= 7 and np.isfinite(v).all()
                and 1e-3 < np.abs(v).max() < 1e3 and (self.batch == 1 or v.ndim > 0 and v.shape[0] % 2 == 0))

    # Inputs of nodes.

    def last(self):
        names = list(self.values)
        images = [n for n, v in self.values.items() if v.ndim == 4 and v.shape[0] == self.batch and v.shape[2] > 1]
        if images and rng.integers(4) == 0:
            return images[-1]
        return names[-1] if rng.integers(5) else choose(*names)

    def axis(self, v):
        """Any axis, but not that of a fixed batch."""
        low = 1 if self.batch > 1 else 0
        if v.ndim <= low:
            raise Skip
        return int(rng.integers(low, v.ndim))

    def signed(self, axis, v):
        return axis - v.ndim if rng.integers(2) else axis

    def move(self):
        x = self.last()
        v = self.values[x]
        return choose(
            self.transpose, self.transpose, self.reshape, self.reshape, self.cut, self.cut, self.split, self.roll, self.join, self.pad,
                      self.gather, self.expand, self.tile, self.blocks, self.ones, self.ones)(x, v) if rng.integers(24) else self.flatten(x, v)

    def compute(self):
        x = self.last()
        v = self.values[x]
        if v.ndim in (3, 4) and v.shape[0] == self.batch and rng.integers(3) == 0:
            return choose(self.conv, self.pool, self.pool, self.channels, self.resize)(x, v)
        return choose(
            self.constant, self.constant, self.branch, self.branch, self.reduce, self.reduce, self.softmax, self.norm, self.matmul, self.matmul,
            self.product, self.gemm, self.activation, self.activation, self.where, self.einsum, self.channels)(x, v)

    # Operators that move.

    def transpose(self, x, v):
        perm = [int(a) for a in rng.permutation(v.ndim)]
        if self.batch > 1:
            perm.remove(0)
            perm = [0] + perm
        return self.node("Transpose", x, perm=perm) if perm else self.node("Transpose", x)

    def reshape(self, x, v):
        dims = list(v.shape)
        for _ in range(rng.integers(1, 4)):
            low = 1 if self.batch > 1 else 0
            if rng.integers(2) and len(dims) > low + 1:  # merge
                i = int(rng.integers(low, len(dims) - 1))
                dims[i:i + 2] = [dims[i] * dims[i + 1]]
            elif len(dims) < 6 and len(dims) > low:  # divide
                i = int(rng.integers(low, len(dims)))
                factors = [f for f in range(1, dims[i] + 1) if dims[i] % f == 0]
                f = choose(*factors)
                dims[i:i + 1] = [f, dims[i] // f]
        shape = [int(d) for d in dims]
        if rng.integers(2) and shape:
            shape[int(rng.integers(len(shape)))] = -1
        return self.node("Reshape", x, self.ints(*shape))

    def flatten(self, x, v):
        return self.node("Flatten", x, axis=int(rng.integers(1, v.ndim + 1)) if v.ndim > 0 else 0)

    def cut(self, x, v):
        starts, ends, axes, steps = [], [], [], []
        for a in sorted({self.axis(v) for _ in range(rng.integers(1, 3))}):
            n, step = v.shape[a], choose(1, 1, 2, -1, -1, -2, 3)
            at = int(rng.integers(0, n))
            starts.append(at - n if rng.integers(2) else at)
            ends.append(choose(1 << 40, n, at + 2) if step > 0 else choose(-(1 << 40), max(0, at - 2) if at > 1 else -(1 << 40)))
            axes.append(self.signed(a, v))
            steps.append(step)
        return self.node("Slice", x, self.ints(*starts), self.ints(*ends), self.ints(*axes), self.ints(*steps))

    def split(self, x, v):
        a = self.axis(v)
        n = v.shape[a]
        if n < 2:
            raise Skip
        if rng.integers(2) and n % 2 == 0:
            out = self.node("Split", x, outputs=2, axis=self.signed(a, v), num_outputs=2)
        else:
            at = int(rng.integers(1, n))
            out = self.node("Split", x, self.ints(at, n - at), outputs=2, axis=self.signed(a, v))
        if rng.integers(2):
            return self.node("Concat", out[1], out[0], axis=a)
        return out

    def roll(self, x, v):
        for _ in range(choose(1, 2)):
            a = self.axis(v)
            n = v.shape[a]
            if n < 2:
                raise Skip
            at = int(rng.integers(1, n))
            ends = self.node("Slice", x, self.ints(at), self.ints(1 << 40), self.ints(a)), self.node("Slice", x, self.ints(0), self.ints(at), self.ints(a))
            x = self.node("Concat", *ends, axis=self.signed(a, v))
        return x

    def join(self, x, v):
        a = self.axis(v)
        parts = [x]
        for _ in range(choose(1, 1, 2)):
            alike = [n for n, w in self.values.items() if w.ndim == v.ndim and w.shape[:a] == v.shape[:a] and w.shape[a + 1:] == v.shape[a + 1:]]
            shape = list(v.shape)
            shape[a] = int(rng.integers(1, 3))
            fixed = rng.integers(3) == 0
            if fixed and self.batch > 1:
                values = rng.integers(-8, 9, [1, *shape[1:]]) / 8
                other = self.stored(np.repeat(values, shape[0], 0).astype(np.float32))
            else:
                other = self.const(*shape) if fixed else choose(*alike)
            parts.insert(int(rng.integers(len(parts) + 1)), other)
        return self.node("Concat", *parts, axis=self.signed(a, v))

    def pad(self, x, v):
        mode = choose("constant", "constant", "constant", "reflect", "edge")
        pads = np.zeros((2, v.ndim), np.int64)
        for _ in range(choose(1, 2)):
            a = self.axis(v)
            low = -1 if mode == "constant" else 0
            pads[:, a] = rng.integers(low, min(3, v.shape[a]) if mode == "reflect" else 3, 2)
        return self.node("Pad", x, self.ints(*pads.ravel()), mode=mode)

    def gather(self, x, v):
        a = self.axis(v)
        n = v.shape[a]
        shape = choose((), (1,), (2,), (3,), (n,), (2, 2), (n + 1,))
        at = rng.permutation(n) if shape == (n,) else rng.integers(-n, n, shape)
        return self.node("Gather", x, self.stored(np.array(at, np.int64)), axis=self.signed(a, v))

    def expand(self, x, v):
        shape = [choose(2, 3) if d == 1 and (i > 0 or self.batch == 1) else choose(1, d) for i, d in enumerate(v.shape)]
        if self.batch == 1 and rng.integers(4) == 0:
            shape.insert(0, 2)
        return self.node("Expand", x, self.ints(*shape))

    def tile(self, x, v):
        repeats = [1] * v.ndim
        repeats[self.axis(v)] = 2
        return self.node("Tile", x, self.ints(*repeats))

    def blocks(self, x, v):
        if v.ndim != 4:
            raise Skip
        if v.shape[1] % 4 == 0 and rng.integers(2):
            return self.node("DepthToSpace", x, blocksize=2, mode=choose("DCR", "CRD"))
        return self.node("SpaceToDepth", x, blocksize=2)

    def ones(self, x, v):
        low = 1 if self.batch > 1 else 0
        axes = [i for i, d in enumerate(v.shape) if d == 1 and i >= low]
        if axes and rng.integers(2):
            return self.node("Squeeze", x, self.ints(choose(*axes)))
        return self.node("Unsqueeze", x, self.ints(*sorted({int(rng.integers(low, v.ndim + 1)) for _ in range(choose(1, 2))})))

    # Operators that compute.

    def broadcast(self, v):
        """A shape that is broadcast with v's."""
        shape = [choose(d, 1) for d in v.shape]
        if self.batch > 1:
            shape[0] = 1
        elif rng.integers(4) == 0:
            i = int(rng.integers(len(shape))) if shape else 0
            shape[i:i + 1] = [choose(2, 3)] if not shape or v.shape[i] == 1 else shape[i:i + 1]
        while shape and (shape[0] == 1 or self.batch == 1) and rng.integers(3) == 0:
            shape = shape[1:]
        if self.batch == 1 and rng.integers(12) == 0:
            shape = [choose(1, 2)] + [1] * (v.ndim - len(shape)) + shape
        return shape

    def constant(self, x, v):
        op = choose("Add", "Sub", "Mul", "Div", "Add", "Mul", "Max", "Min")
        if op in ("Max", "Min"):
            pair = [x, self.stored(np.float32(rng.integers(-4, 5) / 8))]
        else:
            pair = [x, self.const(*self.broadcast(v), low=1) if op in ("Mul", "Div") else self.const(*self.broadcast(v))]
        if rng.integers(2):
            pair.reverse()
            if op == "Div":
                pair[1] = self.above(pair[1])
        return self.node(op, *pair)

    def above(self, x):
        """Something far enough from zero to divide by it."""
        return self.node("Add", self.node("Abs", x), self.stored(np.float32(1)))

    def branch(self, x, v):
        fitting = []
        for name, w in self.values.items():
            if self.batch > 1 and w.ndim != v.ndim:
                continue
            try:
                np.broadcast_shapes(v.shape, w.shape)
                fitting.append(name)
            except ValueError:
                pass
        y = choose(*fitting[-6:])
        if y == x and rng.integers(2):
            y = self.node("Sigmoid", x) if rng.integers(2) else self.node("ReduceMax", x, self.ints(self.axis(v)))
        op = choose("Add", "Sub", "Mul", "Div", "Min", "Max", "Sum")
        pair = [x, y]
        if rng.integers(2):
            pair.reverse()
        if op == "Div":
            pair[1] = self.above(pair[1])
        return self.node(op, *pair)

    def reduce(self, x, v):
        op = choose("ReduceMean", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare")
        axes = sorted({self.axis(v) for _ in range(rng.integers(1, 4))})
        if self.batch == 1 and rng.integers(20) == 0:
            return self.node(op, x, keepdims=int(rng.integers(2)))
        y = self.node(op, x, self.ints(*[self.signed(a, v) for a in axes]), keepdims=int(rng.integers(2)))
        if rng.integers(3) == 0 and self.nodes[-1].attribute[0].i:
            return self.node(choose("Sub", "Add", "Mul"), x, y)
        return y

    def softmax(self, x, v):
        return self.node("Softmax", x, axis=self.signed(self.axis(v), v))

    def norm(self, x, v):
        a = v.ndim - choose(1, 1, 2, 3)
        if a < (1 if self.batch > 1 else 0):
            raise Skip
        inputs = [x, self.const(*v.shape[a:])]
        if rng.integers(2):
            inputs.append(self.const(*v.shape[a:]))
        return self.node("LayerNormalization", *inputs, axis=self.signed(a, v), epsilon=0.01)

    def matmul(self, x, v):
        if v.ndim < 2:
            raise Skip
        outer = [choose(1, int(d)) for d in v.shape[:-2]] if rng.integers(4) == 0 else []
        if self.batch > 1 and outer:
            outer[0] = 1
        if rng.integers(2):
            return self.node("MatMul", x, self.const(*outer, v.shape[-1], int(rng.integers(1, 5))))
        if self.batch > 1 and v.ndim < 3:
            raise Skip
        return self.node("MatMul", self.const(*outer, int(rng.integers(1, 5)), v.shape[-2]), x)

    def product(self, x, v):
        if v.ndim < (3 if self.batch > 1 else 2):
            raise Skip
        fitting = [n for n, w in self.values.items()
                   if w.ndim >= 2 and w.shape[-2] == v.shape[-1] and w.shape[:-2] == v.shape[:-2]]
        if fitting and rng.integers(2):
            return self.node("MatMul", x, choose(*fitting))
        perm = list(range(v.ndim))
        perm[-2:] = [v.ndim - 1, v.ndim - 2]
        scores = self.node("MatMul", x, self.node("Transpose", x, perm=perm))
        if rng.integers(2):
            return scores
        return self.node("MatMul", self.node("Softmax", scores, axis=-1), x)

    def gemm(self, x, v):
        if v.ndim != 2:
            a = int(rng.integers(1, v.ndim)) if v.ndim > 2 else 1
            x = self.node("Flatten", x, axis=a)
            v = v.reshape(int(np.prod(v.shape[:a])), -1)
        ta, tb, m = int(rng.integers(2)) if self.batch == 1 else 0, int(rng.integers(2)), int(rng.integers(1, 6))
        k = v.shape[0] if ta else v.shape[1]
        inputs = [x, self.const(m, k) if tb else self.const(k, m)]
        if rng.integers(2):
            inputs.append(self.const(*choose((m,), (1, m), ())))
        return self.node("Gemm", *inputs, transA=ta, transB=tb, alpha=choose(1.0, 0.5), beta=choose(1.0, 2.0))

    def conv(self, x, v):
        if v.ndim not in (3, 4) or v.shape[0] != self.batch:
            raise Skip
        c, m, area = v.shape[1], int(rng.integers(1, 5)), v.ndim - 2
        k = choose(1, 2, 3)
        group = c if rng.integers(4) == 0 else 1
        m = c if group > 1 else m
        return self.node("Conv", x, self.const(m, c // group, *[k] * area), group=group, strides=[choose(1, 2)] * area, pads=[choose(0, k // 2)] * area * 2)

    def pool(self, x, v):
        if v.ndim != 4 or v.shape[0] != self.batch:
            raise Skip
        op = choose("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool")
        if op.startswith("Global"):
            return self.node(op, x)
        if v.shape[2] < 2 or v.shape[3] < 2:
            raise Skip
        return self.node(op, x, kernel_shape=[2, choose(1, 2)], strides=[choose(1, 2)] * 2, pads=choose([0] * 4, [0, 0, 1, 0]))

    def channels(self, x, v):
        """A norm of the channels of axis 1."""
        if v.ndim < 2:
            raise Skip
        c = v.shape[1]
        op = choose("BatchNormalization", "InstanceNormalization", "GroupNormalization")
        if op == "BatchNormalization":
            return self.node(op, x, self.const(c), self.const(c), self.const(c), self.const(c, low=4), epsilon=0.01)
        if v.ndim < 3:
            raise Skip
        if op == "InstanceNormalization":
            return self.node(op, x, self.const(c), self.const(c), epsilon=0.01)
        return self.node(op, x, self.const(c), self.const(c), num_groups=choose(*[g for g in range(1, c + 1) if c % g == 0]), epsilon=0.01)

    def resize(self, x, v):
        if v.ndim != 4:
            raise Skip
        to = self.ints(*v.shape[:2], choose(2, 3, 5), choose(2, 3, 6))
        return self.node("Resize", x, "", "", to, mode=choose("nearest", "linear", "cubic"), coordinate_transformation_mode=choose("half_pixel", "asymmetric", "align_corners"))

    def activation(self, x, v):
        op = choose("Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Abs", "Elu", "LeakyRelu", "HardSwish", "HardSigmoid", "Gelu", "Neg", "Clip", "Pow", "Sqrt",
                    "Reciprocal", "SiLU")
        if op == "Sqrt":
            return self.node(op, self.above(x))
        if op == "Reciprocal":
            return self.node(op, self.above(x))
        if op == "Clip":
            return self.node(op, x, self.stored(np.float32(-0.5)), self.stored(np.float32(0.75)))
        if op == "Pow":
            return self.node(op, x, self.stored(np.float32(choose(2, 3))))
        if op == "SiLU":
            return self.node("Mul", x, self.node("Sigmoid", x))
        return self.node(op, x)

    def where(self, x, v):
        shape = self.broadcast(v)
        mask = self.stored(rng.integers(0, 2, shape).astype(bool))
        alike = [n for n, w in self.values.items() if w.shape == v.shape]
        other = choose(choose(*alike), self.stored(np.float32(choose(0, -1))))
        pair = [x, other]
        if rng.integers(2):
            pair.reverse()
        return self.node("Where", mask, *pair)

    def einsum(self, x, v):
        if v.ndim < 2 or self.batch > 1:
            raise Skip
        letters = "abcdefg"[:v.ndim]
        i = int(rng.integers(v.ndim))
        kept = letters.replace(letters[i], "z") if rng.integers(2) else "z" + letters.replace(letters[i], "")
        return self.node("Einsum", x, self.const(v.shape[i], choose(1, 2, 3)), equation=f"{letters},{letters[i]}z->{kept}")

    def finish(self):
        """The model whose last node makes y, and what y is for the first image; None if it is no good."""
        y = list(self.values)[-1]
        needed, nodes = {y}, []
        for n in reversed(self.nodes):
            if needed.intersection(n.output):
                needed.update(n.input)
                nodes.insert(0, n)
        self.nodes, self.weights = nodes, [w for w in self.weights if w.name in needed]
        for n in self.nodes:
            for names in (n.input, n.output):
                for i, name in enumerate(names):
                    if name == y:
                        names[i] = "y"
        model = self.model(["y"])
        x = image(self.shape)
        want = run(model, x)[0]
        # A graph that makes much of a little error shows nothing.
        noisy = run(model, x * (1 + 1e-5 * rng.uniform(-1, 1, x.shape)).astype(np.float32))[0]
        if not np.linalg.norm(noisy - want) < 1e-4 * np.linalg.norm(want):
            return None
        if self.batch > 1:
            want = want[: len(want) // 2]
        return model.SerializeToString(), want.ravel()


if __name__ == "__main__":
    models, wants = [], []
    while len(models) < GRAPHS:
        d = Draw()
        length, tries = int(rng.integers(3, 11)), 0
        while len(d.values) < length and tries < 60:
            d.step(d.move if rng.integers(5) < 3 else d.compute)
            tries += 1
        done = d.finish()
        if done:
            models.append(done[0])
            wants.append(done[1])
    np.savez_compressed(
        "views.npz", models=np.frombuffer(b"".join(models), np.uint8), sizes=np.array([len(m) for m in models], np.int64),
        wants=np.concatenate(wants), counts=np.array([len(w) for w in wants], np.int64))
    print(len(models), "graphs,", sum(map(len, models)), "bytes,", sum(map(len, wants)), "elements")
