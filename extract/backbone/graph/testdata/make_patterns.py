#!/usr/bin/env python3
"""Writes layers in the many ways that exporters write them, and in ways that only look so.

    python3 make_patterns.py        # onnx 1.23, ONNX Runtime 1.32, NumPy; writes patterns.npz

The archive is as make_views.py's, with the cases' names and what has to be found in each:
"GELU", "Norm", "Attention" and so on, or "-" where the general steps have to be taken.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from make_views import image, run

SIZE = [1, 3, 4, 4]
cases = []


class Net:
    """A graph from x [1,3,4,4]; methods append a node and return its output."""

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def __getattr__(self, op):
        def node(*inputs, outputs=1, **attributes):
            out = [f"t{len(self.nodes)}_{i}" for i in range(outputs)]
            inputs = [i if isinstance(i, str) else self.const(i) for i in inputs]
            self.nodes.append(helper.make_node(op, inputs, out, **attributes))
            return out[0] if outputs == 1 else out

        return node

    def const(self, values):
        values = np.asarray(values)
        if values.dtype == np.float64:
            values = values.astype(np.float32)
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def rand(self, *dims, low=-8, high=9):
        return (self.rng.integers(low, high, dims) / 8).astype(np.float32)

    def conv(self, channels=8):
        return self.Conv("x", self.rand(channels, 3, 1, 1), self.rand(channels))

    def tokens(self, channels=8):
        """[1,16,channels]"""
        return self.Transpose(self.Reshape(self.conv(channels), [1, channels, 16]), perm=[0, 2, 1])

    def linear(self, x, k, n):
        return self.Add(self.MatMul(x, self.rand(k, n)), self.rand(n))

    def case(self, name, y, found, opset=17):
        self.nodes.append(helper.make_node("Identity", [y], ["y"]))
        graph = helper.make_graph(
            self.nodes, "patterns", [helper.make_tensor_value_info("x", TensorProto.FLOAT, SIZE)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
        cases.append((name, found, model.SerializeToString(), run(model, image(SIZE))[0].ravel()))


def gelus():
    half, root2, c = 0.5, np.sqrt(2), np.sqrt(2 / np.pi)
    for where, start in ("image", Net.conv), ("tokens", Net.tokens):
        for argument in "div", "mul":
            for order in "x first", "half first", "half last", "half of x":
                n = Net()
                x = start(n)
                e = n.Add(n.Erf(n.Div(x, root2) if argument == "div" else n.Mul(x, 1 / root2)), 1.0)
                y = {"x first": lambda: n.Mul(n.Mul(x, e), half), "half first": lambda: n.Mul(x, n.Mul(e, half)),
                     "half last": lambda: n.Mul(half, n.Mul(e, x)), "half of x": lambda: n.Mul(n.Mul(x, half), e)}[order]()
                n.case(f"erf {where}, {argument}, {order}", y, "GELU")
    for cube in "pow", "x·x²", "x²·x", "pow 2":
        for order in "x first", "half first", "half of x":
            for form in "sum", "factor":
                n = Net()
                x = n.tokens()
                square = n.Pow(x, 2.0) if cube == "pow 2" else n.Mul(x, x)
                if form == "sum":
                    third = n.Pow(x, 3.0) if cube == "pow" else n.Mul(x, square) if cube == "x·x²" else n.Mul(square, x)
                    inner = n.Add(x, n.Mul(third, 0.044715))
                else:
                    inner = n.Mul(x, n.Add(n.Mul(square, 0.044715), 1.0))
                e = n.Add(1.0, n.Tanh(n.Mul(c, inner)))
                y = {"x first": lambda: n.Mul(n.Mul(x, e), half), "half first": lambda: n.Mul(x, n.Mul(e, half)), "half of x": lambda: n.Mul(n.Mul(half, x), e)}[order]()
                n.case(f"tanh {cube}, {order}, {form}", y, "GELUTanh")
    n = Net()
    x = n.conv()
    n.case("Gelu", n.Gelu(x), "GELU", opset=20)
    n = Net()
    x = n.conv()
    n.case("Gelu tanh", n.Gelu(x, approximate="tanh"), "GELUTanh", opset=20)
    n = Net()
    x = n.conv()
    n.case("silu", n.Mul(x, n.Sigmoid(x)), "SiLU")
    n = Net()
    x = n.conv()
    n.case("quick gelu", n.Mul(x, n.Sigmoid(n.Mul(x, 1.702))), "Swish")
    n = Net()
    x = n.conv()
    n.case("hardswish", n.Mul(x, n.Div(n.Clip(n.Add(x, 3.0), 0.0, 6.0), 6.0)), "HardSwish")
    n = Net()
    x = n.conv()
    n.case("hardswish of hardsigmoid", n.Mul(n.HardSigmoid(x, alpha=1 / 6, beta=0.5), x), "HardSwish")
    # Near misses.
    for name, build in {
        "wrong root": lambda n, x: n.Mul(n.Mul(x, n.Add(n.Erf(n.Div(x, 1.5)), 1.0)), half),
        "two added": lambda n, x: n.Mul(n.Mul(x, n.Add(n.Erf(n.Div(x, root2)), 2.0)), half),
        "one subtracted": lambda n, x: n.Mul(n.Mul(x, n.Sub(n.Erf(n.Div(x, root2)), 1.0)), half),
        "subtracted from one": lambda n, x: n.Mul(n.Mul(x, n.Sub(1.0, n.Erf(n.Div(x, root2)))), half),
        "x from elsewhere": lambda n, x: n.Mul(n.Mul(n.conv(), n.Add(n.Erf(n.Div(x, root2)), 1.0)), half),
        "x turned": lambda n, x: n.Mul(n.Mul(n.Transpose(x, perm=[0, 1, 3, 2]), n.Add(n.Erf(n.Div(x, root2)), 1.0)), half),
        "x moved": lambda n, x: n.Mul(n.Mul(n.Add(x, 0.25), n.Add(n.Erf(n.Div(x, root2)), 1.0)), half),
        "root by channel": lambda n, x: n.Mul(n.Mul(x, n.Add(n.Erf(n.Div(x, n.rand(8, 1, 1, low=4))), 1.0)), half),
        "cube of another": lambda n, x: n.Mul(n.Mul(x, n.Add(n.Tanh(n.Mul(c, n.Add(x, n.Mul(n.Pow(n.conv(), 3.0), 0.044715)))), 1.0)), half),
        "fourth power": lambda n, x: n.Mul(n.Mul(x, n.Add(n.Tanh(n.Mul(c, n.Add(x, n.Mul(n.Pow(x, 4.0), 0.044715)))), 1.0)), half),
        "wrong third": lambda n, x: n.Mul(n.Mul(x, n.Add(n.Tanh(n.Mul(c, n.Add(x, n.Mul(n.Pow(x, 3.0), 0.0447)))), 1.0)), half),
        "sigmoid of another": lambda n, x: n.Mul(x, n.Sigmoid(n.conv())),
        "sigmoid of turned": lambda n, x: n.Mul(x, n.Sigmoid(n.Transpose(x, perm=[0, 1, 3, 2]))),
        "sigmoid of moved": lambda n, x: n.Mul(x, n.Sigmoid(n.Add(x, 0.5))),
        "sigmoid by channel": lambda n, x: n.Mul(x, n.Sigmoid(n.Mul(x, n.rand(8, 1, 1)))),
        "sigmoid of sequence": lambda n, x: n.Mul(n.Reshape(x, [1, 8, 16, 1]), n.Sigmoid(n.Reshape(x, [1, 8, 1, 16]))),
        "clip to five": lambda n, x: n.Mul(x, n.Div(n.Clip(n.Add(x, 3.0), 0.0, 5.0), 6.0)),
        "two more": lambda n, x: n.Mul(x, n.Div(n.Clip(n.Add(x, 2.0), 0.0, 6.0), 6.0)),
    }.items():
        n = Net()
        n.case("no activation: " + name, build(n, n.conv()), "-")


def norms():
    def normed(n, x, axis, square="pow", root="div", rms=False, mean="mean"):
        size = 8
        average = {"mean": lambda v: n.ReduceMean(v, axes=[axis]),
                   "sum": lambda v: n.Div(n.ReduceSum(v, [axis]), float(size)),
                   "sum times": lambda v: n.Mul(n.ReduceSum(v, [axis]), 1 / size)}[mean]
        d = x if rms else n.Sub(x, average(x))
        if square == "sumsquare":
            v = n.Mul(n.ReduceSumSquare(d, axes=[axis]), 1 / size)
        else:
            v = average(n.Pow(d, 2.0) if square == "pow" else n.Mul(d, d))
        v = n.Add(v, 1e-3)
        return {"div": lambda: n.Div(d, n.Sqrt(v)), "reciprocal": lambda: n.Mul(d, n.Reciprocal(n.Sqrt(v))), "over one": lambda: n.Mul(n.Div(1.0, n.Sqrt(v)), d),
                "pow": lambda: n.Mul(d, n.Pow(v, -0.5)), "pow half": lambda: n.Div(d, n.Pow(v, 0.5))}[root]()

    for rms in False, True:
        found = "RMSNorm" if rms else "Norm"
        for square in "pow", "mul", "sumsquare":
            for root in "div", "reciprocal", "over one", "pow", "pow half":
                n = Net()
                y = normed(n, n.tokens(), -1, square, root, rms)
                n.case(f"{found}: {square}, {root}", n.Add(n.Mul(y, n.rand(8)), n.rand(8)), found)
        for mean in "sum", "sum times":
            n = Net()
            n.case(f"{found}: mean by {mean}", normed(n, n.tokens(), -1, rms=rms, mean=mean), found)
        n = Net()
        n.case(f"{found}: over the channels of an image", n.Mul(normed(n, n.conv(), 1, rms=rms), n.rand(8, 1, 1)), found)
        n = Net()
        n.case(f"{found}: scale on the left", n.Add(n.rand(8), n.Mul(n.rand(8), normed(n, n.tokens(), -1, rms=rms))), found)
    for name, build in {
        "mean over tokens": lambda n, x: n.Div(n.Sub(x, n.ReduceMean(x, axes=[1])), n.Sqrt(n.Add(n.ReduceMean(n.Pow(n.Sub(x, n.ReduceMean(x, axes=[1])), 2.0), axes=[-1]), 1e-3))),
        "variance of another": lambda n, x: n.Div(n.Sub(x, n.ReduceMean(x, axes=[-1])), n.Sqrt(n.Add(n.ReduceMean(n.Pow(n.tokens(), 2.0), axes=[-1]), 1e-3))),
        "variance over tokens": lambda n, x: n.Div(n.Sub(x, n.ReduceMean(x, axes=[-1])), n.Sqrt(n.Add(n.ReduceMean(n.Pow(x, 2.0), axes=[1]), 1e-3))),
        "root of another": lambda n, x: n.Div(x, n.Sqrt(n.Add(n.ReduceMean(n.Pow(n.tokens(), 2.0), axes=[-1]), 1e-3))),
        "upside down": lambda n, x: n.Div(n.Sqrt(n.Add(n.ReduceMean(n.Pow(x, 2.0), axes=[-1]), 1e-3)), n.Add(n.Abs(x), 1.0)),
        "times the root": lambda n, x: n.Mul(x, n.Sqrt(n.Add(n.ReduceMean(n.Pow(x, 2.0), axes=[-1]), 1e-3))),
        "of a cube": lambda n, x: n.Div(x, n.Sqrt(n.Add(n.ReduceMean(n.Pow(n.Abs(x), 3.0), axes=[-1]), 1e-3))),
        "sum, not mean": lambda n, x: n.Div(x, n.Sqrt(n.Add(n.ReduceSum(n.Pow(x, 2.0), [-1]), 1e-3))),
        "turned": lambda n, x: n.Div(n.Reshape(x, [1, 4, 4, 8]), n.Transpose(n.Reshape(n.Sqrt(n.Add(n.ReduceMean(n.Pow(x, 2.0), axes=[-1]), 1e-3)), [1, 4, 4, 1]), perm=[0, 2, 1, 3])),
        "mean of turned": lambda n, x: (lambda d: n.Div(d, n.Sqrt(n.Add(n.ReduceMean(n.Mul(d, d), axes=[-1]), 1e-3))))(
            n.Sub(n.Reshape(x, [1, 4, 4, 8]), n.Transpose(n.Reshape(n.ReduceMean(x, axes=[-1]), [1, 4, 4, 1]), perm=[0, 2, 1, 3]))),
        "largest, not mean": lambda n, x: (lambda d: n.Div(d, n.Sqrt(n.Add(n.ReduceMean(n.Mul(d, d), axes=[-1]), 1e-3))))(n.Sub(x, n.ReduceMax(x, axes=[-1]))),
    }.items():
        n = Net()
        # Some of these still divide what they centred by its own root mean square.
        found = "RMSNorm Reduce Combine" if name in ("mean of turned", "largest, not mean") else "-"
        n.case("no norm: " + name, build(n, n.tokens()), found)


def heads(n, x, tokens, count, d, transpose=(0, 2, 1, 3)):
    return n.Transpose(n.Reshape(x, [1, tokens, count, d]), perm=list(transpose))


def merged(n, y, tokens, width):
    return n.Reshape(n.Transpose(y, perm=[0, 2, 1, 3]), [1, tokens, width])


def attentions():
    T, H, D = 16, 2, 4

    def qkv(n, packed="three"):
        """[1,H,T,D] each"""
        x = n.tokens()
        if packed == "three":
            return [heads(n, n.linear(x, 8, 8), T, H, D) for _ in range(3)]
        p = n.linear(x, 8, 24)
        if packed == "split":
            return [heads(n, v, T, H, D) for v in n.Split(p, [8, 8, 8], outputs=3, axis=2)]
        if packed == "slice":
            return [heads(n, n.Slice(p, [8 * i], [8 * i + 8], [2]), T, H, D) for i in range(3)]
        five = n.Reshape(p, [1, T, 3, H, D])
        if packed == "gather":
            five = n.Transpose(five, perm=[2, 0, 3, 1, 4])
            return [n.Gather(five, np.int64(i), axis=0) for i in range(3)]
        if packed == "gather last":
            return [n.Transpose(n.Gather(five, np.int64(i), axis=2), perm=[0, 2, 1, 3]) for i in range(3)]
        if packed == "split five":
            five = n.Transpose(five, perm=[2, 0, 3, 1, 4])
            return [n.Squeeze(v, [0]) for v in n.Split(five, [1, 1, 1], outputs=3, axis=0)]
        if packed == "by head":  # each head's q, k and v side by side
            five = n.Transpose(n.Reshape(p, [1, T, H, 3 * D]), perm=[0, 2, 1, 3])
            return list(n.Split(five, [4, 4, 4], outputs=3, axis=3))
        raise ValueError(packed)

    def turned(n, k):
        return n.Transpose(k, perm=[0, 1, 3, 2])

    def attend(n, q, k, v, before=lambda n, s: s, after=lambda n, s: s, axis=-1):
        return n.MatMul(after(n, n.Softmax(before(n, n.MatMul(q, turned(n, k))), axis=axis)), v)

    def finish(n, y, name, found="Attention", opset=17):
        n.case("attention: " + name, n.linear(merged(n, y, T, 8), 8, 8), found, opset)

    for packed in "three", "split", "slice", "gather", "gather last", "split five", "by head":
        n = Net()
        finish(n, attend(n, *qkv(n, packed), before=lambda n, s: n.Mul(s, 0.5)), packed)
    root = 0.5 ** 0.5
    for name, build in {
        "no scale": lambda n, q, k, v: attend(n, q, k, v),
        "scale before": lambda n, q, k, v: attend(n, n.Mul(q, 0.5), k, v),
        "scale of k": lambda n, q, k, v: attend(n, q, n.Mul(0.5, k), v),
        "scale of both": lambda n, q, k, v: attend(n, n.Mul(q, root), n.Mul(k, root), v),
        "division": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Div(s, 2.0)),
        "negative scale": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Mul(s, -0.5)),
        "all moved": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Sub(s, 2.0)),
        "mask of 1e9": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Add(n.Div(s, 2.0), np.triu(np.full((1, 1, T, T), -1e9), 1))),
        "mask before scale": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Mul(n.Add(s, n.rand(H, T, T)), 0.5)),
        "mask twice": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Add(n.rand(1, T, T), n.Mul(n.Add(s, n.rand(H, T, T)), 0.5))),
        "mask for queries": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Add(s, n.rand(1, H, T, 1))),
        "mask for heads": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Add(s, n.rand(1, H, T, T))),
        "guard": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Mul(s, 0.5), lambda n, p: n.Where(n.IsNaN(p), 0.0, p)),
        "heads in the batch": lambda n, q, k, v: n.Reshape(n.MatMul(n.Softmax(n.MatMul(n.Reshape(q, [H, T, D]), n.Transpose(n.Reshape(k, [H, T, D]), perm=[0, 2, 1])), axis=-1), n.Reshape(v, [H, T, D])), [1, H, T, D]),
        "last axis by number": lambda n, q, k, v: attend(n, q, k, v, axis=3),
        "v scaled": lambda n, q, k, v: attend(n, q, k, n.Mul(v, 3.0)),
    }.items():
        n = Net()
        finish(n, build(n, *qkv(n)), name)
    n = Net()
    x = n.tokens()
    q, v = (heads(n, n.linear(x, 8, 8), T, H, D) for _ in range(2))
    k = heads(n, n.linear(x, 8, 8), T, H, D, (0, 2, 3, 1))
    finish(n, n.MatMul(n.Softmax(n.MatMul(q, k), axis=-1), v), "k turned at once")
    n = Net()
    x = n.tokens()
    q = heads(n, n.linear(x, 8, 8), T, H, D)
    k, v = (n.Reshape(n.Expand(n.Unsqueeze(heads(n, n.linear(x, 8, 4), T, 1, 4), [2]), [1, 1, 2, T, 4]), [1, 2, T, 4]) for _ in range(2))
    finish(n, attend(n, q, k, v), "shared keys")
    n = Net()
    x = n.tokens()
    q = heads(n, n.linear(x, 8, 8), T, H, D)
    k = heads(n, n.linear(x, 8, 8), T, H, D)
    v = heads(n, n.linear(x, 8, 12), T, H, 6)
    y = n.Reshape(n.Transpose(attend(n, q, k, v), perm=[0, 2, 1, 3]), [1, T, 12])
    n.case("attention: wide values", n.linear(y, 12, 8), "Attention")
    n = Net()
    x = n.tokens()
    q = n.rand(1, H, 1, D)
    k, v = (heads(n, n.linear(x, 8, 8), T, H, D) for _ in range(2))
    y = n.MatMul(n.Softmax(n.MatMul(q, turned(n, k)), axis=-1), v)
    n.case("attention: pooling by a constant query", merged(n, y, 1, 8), "Attention")
    n = Net()
    x = n.tokens()
    x = n.Concat(n.rand(1, 1, 8), x, axis=1)
    p = n.Transpose(n.Reshape(n.linear(x, 8, 24), [1, 17, 3, H, D]), perm=[2, 0, 3, 1, 4])
    q, k, v = (n.Gather(p, np.int64(i), axis=0) for i in range(3))
    n.case("attention: class token", n.Gather(merged(n, attend(n, q, k, v), 17, 8), np.int64(0), axis=1), "Attention")
    for shift in 0, 1:  # windows of 2×2 of the 4×4 tokens
        n = Net()
        x = n.Reshape(n.tokens(), [1, 4, 4, 8])
        for axis in (1, 2) if shift else ():
            x = n.Concat(n.Slice(x, [1], [1 << 40], [axis]), n.Slice(x, [0], [1], [axis]), axis=axis)
        x = n.Reshape(n.Transpose(n.Reshape(x, [1, 2, 2, 2, 2, 8]), perm=[0, 1, 3, 2, 4, 5]), [4, 4, 8])
        p = n.Transpose(n.Reshape(n.linear(x, 8, 24), [4, 4, 3, H, D]), perm=[2, 0, 3, 1, 4])
        q, k, v = (n.Gather(p, np.int64(i), axis=0) for i in range(3))

        def masked(n, s):
            s = n.Add(n.Mul(s, 0.5), n.rand(1, H, 4, 4))
            if shift:
                mask = np.where(n.rand(1, 4, 1, 4, 4) > 0, -100.0, 0)
                s = n.Reshape(n.Add(n.Reshape(s, [1, 4, H, 4, 4]), mask), [4, H, 4, 4])
            return s

        y = attend(n, q, k, v, masked)
        y = n.Reshape(n.Transpose(y, perm=[0, 2, 1, 3]), [4, 4, 8])
        y = n.Reshape(n.Transpose(n.Reshape(n.linear(y, 8, 8), [1, 2, 2, 2, 2, 8]), perm=[0, 1, 3, 2, 4, 5]), [1, 4, 4, 8])
        for axis in (1, 2) if shift else ():
            y = n.Concat(n.Slice(y, [-1], [1 << 40], [axis]), n.Slice(y, [0], [-1], [axis]), axis=axis)
        n.case(f"attention: windows, moved by {shift}", y, "Attention")
    for name, build in {
        "over queries": lambda n, q, k, v: attend(n, q, k, v, axis=2),
        "over heads": lambda n, q, k, v: attend(n, q, k, v, axis=1),
        "scale by head": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Mul(s, n.rand(1, H, 1, 1))),
        "scale by key": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Mul(s, n.rand(1, 1, 1, T))),
        "bias from the image": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Add(s, n.MatMul(k, turned(n, q)))),
        "turned scores": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: turned(n, s)),
        "turned probabilities": lambda n, q, k, v: attend(n, q, k, v, after=lambda n, p: turned(n, p)),
        "doubled probabilities": lambda n, q, k, v: attend(n, q, k, v, after=lambda n, p: n.Mul(p, 2.0)),
        "clipped scores": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Clip(s, -1.0, 1.0)),
        "other heads": lambda n, q, k, v: attend(n, q, k, v, after=lambda n, p: n.Gather(p, np.array([1, 0]), axis=1)),
        "squared": lambda n, q, k, v: attend(n, q, k, v, lambda n, s: n.Mul(s, s)),
        "no softmax": lambda n, q, k, v: n.MatMul(n.MatMul(q, turned(n, k)), v),
    }.items():
        n = Net()
        finish(n, build(n, *qkv(n)), "not " + name, "-")
    n = Net()
    q, k, v = qkv(n)
    v = n.Gather(v, n.rng.permutation(T), axis=2)
    finish(n, attend(n, q, k, v), "values in another order")
    n = Net()
    q, k, v = qkv(n)
    finish(n, attend(n, q, k, n.Gather(v, np.array([1, 0]), axis=1)), "values of the other head")
    n = Net()
    q, k, v = qkv(n)
    finish(n, attend(n, n.Mul(q, n.rand(D)), k, v), "queries scaled by feature")
    # The operator.
    for shape in 3, 4:
        for name, attributes, mask in (
            ("plain", {}, None), ("scale", {"scale": 0.3}, None), ("causal", {"is_causal": 1}, None), ("float mask", {}, "float"), ("bool mask", {}, "bool"),
            ("mask of heads", {}, "heads"),
        ):
            for kv in 2, 1:
                n = Net()
                x = n.tokens()
                q, k, v = n.linear(x, 8, 8), n.linear(x, 8, 4 * kv), n.linear(x, 8, 4 * kv)
                if shape == 4:
                    q, k, v = heads(n, q, T, H, D), heads(n, k, T, kv, D), heads(n, v, T, kv, D)
                else:
                    attributes = dict(attributes, q_num_heads=H, kv_num_heads=kv)
                inputs = [q, k, v]
                if mask == "bool":
                    inputs.append(np.tril(np.ones((T, T), bool)))
                elif mask:
                    inputs.append(n.rand(T, T) if mask == "float" else n.rand(1, H, T, T))
                y = n.Attention(*inputs, **attributes)
                if shape == 4:
                    y = merged(n, y, T, 8)
                n.case(f"attention: operator of {shape} axes, {name}, {kv} heads of keys", n.linear(y, 8, 8), "Attention", opset=23)


if __name__ == "__main__":
    gelus()
    norms()
    attentions()
    names = "\n".join(c[0] + "\t" + c[1] for c in cases)
    np.savez_compressed(
        "patterns.npz", names=np.frombuffer(names.encode(), np.uint8), models=np.frombuffer(b"".join(c[2] for c in cases), np.uint8),
        sizes=np.array([len(c[2]) for c in cases], np.int64), wants=np.concatenate([c[3] for c in cases]), counts=np.array([len(c[3]) for c in cases], np.int64))
    print(len(cases), "cases")
