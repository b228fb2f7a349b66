"""Writes dialects/*.onnx, tiny networks in the dialects of many exporters, and
dialects.npz, what ONNX Runtime says of their features.

    python dialects.py        (numpy, onnx 1.23, onnxruntime 1.32)

The image is not stored: pixel i of its [1,3,H,W] is (7919·i mod 1009)/504.5 − 1.
"""
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
IR = {7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 15: 8, 18: 8, 20: 10}
TYPES = {T.FLOAT: np.float32, T.FLOAT16: np.float16, T.DOUBLE: np.float64}
features = {}


class Net:
    """A model in the making; methods append a node and return its output."""

    def __init__(self, size=(12, 12), opset=13, typ=T.FLOAT, shape=None):
        self.rng = np.random.default_rng(1)
        self.nodes, self.weights = [], []
        self.shape = shape or ("N", 3, *size)
        self.opset, self.typ, self.dtype = opset, typ, TYPES[typ]

    def op(self, kind, *inputs, **attributes):
        out = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def const(self, values, dtype=None):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype or self.dtype), name))
        return name

    def typed(self, typ, dims, values):
        """A constant in the typed fields of a TensorProto instead of raw_data."""
        name = f"w{len(self.weights)}"
        self.weights.append(helper.make_tensor(name, typ, dims, values))
        return name

    def ints(self, *values):
        return self.const(values, np.int64)

    def rand(self, *dims):
        fan = max(1, np.prod(dims[1:]))
        return self.const(self.rng.standard_normal(dims) / np.sqrt(fan))

    def conv(self, x, cin, cout, k=3, **attributes):
        group = attributes.get("group", 1)
        return self.op("Conv", x, self.rand(cout, cin // group, k, k), self.rand(cout), **attributes)

    def bn(self, x, c, **attributes):
        positive = self.const(self.rng.uniform(0.5, 1.5, c))
        variance = self.const(self.rng.uniform(0.3, 2, c))
        return self.op("BatchNormalization", x, positive, self.rand(c), self.rand(c), variance, **attributes)

    def head(self, x, c):
        x = self.op("Flatten", self.op("GlobalAveragePool", x))
        return self.op("Gemm", x, self.rand(10, c), self.rand(10), transB=1)

    def save(self, name, out, classifier=True):
        inputs = [helper.make_tensor_value_info("input", self.typ, self.shape)]
        if self.opset < 9:  # exporters of that time list weights as inputs
            inputs += [helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in self.weights]
        outputs = [helper.make_tensor_value_info(out, self.typ, None)]
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = IR[self.opset]
        onnx.save(model, os.path.join(HERE, "dialects", name + ".onnx"))
        features[name] = self.run(model, classifier)

    def run(self, model, classifier):
        """Features by ONNX Runtime, which wants doubles as floats."""
        for w in model.graph.initializer:
            if w.data_type == T.DOUBLE and self.typ == T.DOUBLE:
                w.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(w).astype(np.float32), w.name))
        model.graph.input[0].type.tensor_type.elem_type = T.FLOAT
        classifiers = [n.input[0] for n in model.graph.node if n.op_type in ("Gemm", "MatMul")]
        if classifiers and classifier:
            del model.graph.output[:]
            model.graph.output.append(helper.make_tensor_value_info(classifiers[-1], T.FLOAT, None))
        nhwc = self.shape[3] == 3
        h, w = self.shape[1:3] if nhwc else self.shape[2:]
        x = np.arange(3 * h * w) * 7919 % 1009 / 504.5 - 1
        x = x.reshape(1, 3, h, w).astype(np.float32)
        session = onnxruntime.InferenceSession(model.SerializeToString())
        return session.run(None, {"input": x.transpose(0, 2, 3, 1) if nhwc else x})[0].ravel()


def geometry():
    n = Net()
    x = n.op("Relu", n.conv("input", 3, 8, pads=[1, 0, 2, 1], strides=[2, 1]))
    x = n.conv(x, 8, 12, group=4, pads=[2] * 4, dilations=[2, 2])
    x = n.conv(x, 12, 12, group=12, pads=[1] * 4)
    n.save("groups", n.head(x, 12))
    for auto in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        n = Net((17, 18))
        x = n.op("Relu", n.conv("input", 3, 8, 4, auto_pad=auto, strides=[2, 3]))
        x = n.op("MaxPool", x, kernel_shape=[3, 2], strides=[2, 2], auto_pad=auto)
        x = n.op("AveragePool", x, kernel_shape=[2, 2], auto_pad=auto)
        n.save("auto_pad_" + auto.lower(), n.head(x, 8))
    n = Net((17, 16))
    x = n.conv("input", 3, 8)
    x = n.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, dilations=[2, 1])
    x = n.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, pads=[1, 1, 0, 0])
    n.save("ceil_mode", n.head(n.conv(x, 8, 8, 1), 8))
    n = Net((8, 8))  # rounded up, a last window would begin behind the input
    x = n.op("MaxPool", n.conv("input", 3, 8), kernel_shape=[1, 1], strides=[2, 2], ceil_mode=1)
    n.save("ceil_mode_outside", n.head(x, 8))
    n = Net((17, 16))
    x = n.conv("input", 3, 8)
    x = n.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, count_include_pad=1)
    x = n.op("AveragePool", x, kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1, count_include_pad=1)
    n.save("count_include_pad", n.head(x, 8))
    n = Net()
    x = n.op("Relu", n.conv("input", 3, 8))
    x = n.op("Pad", x, n.ints(0, 0, 1, 1, 0, 0, 1, 1))
    n.save("pad_average", n.head(n.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2]), 8))
    n = Net(opset=18)
    x = n.op("Reshape", n.op("GlobalMaxPool", n.conv("input", 3, 8)), n.ints(0, -1))
    n.save("global_max_pool", n.op("Gemm", n.op("Identity", x), n.rand(10, 8), n.rand(10), transB=1))


def activations():
    n = Net()
    x = n.conv("input", 3, 8)
    x = n.conv(n.op("Mul", x, n.op("Sigmoid", x)), 8, 8)
    x = n.conv(n.op("Mul", n.op("HardSigmoid", x, alpha=1 / 6, beta=0.5), x), 8, 8)
    x = n.conv(n.op("HardSigmoid", x, alpha=0.3, beta=0.4), 8, 8)
    n.save("activations", n.head(n.op("Sigmoid", x), 8))
    n = Net(opset=14)
    n.save("hard_swish", n.head(n.op("HardSwish", n.conv("input", 3, 8)), 8))
    n = Net(opset=10)
    x = n.op("Clip", n.conv("input", 3, 8), min=0.0, max=6.0)
    x = n.op("Clip", n.conv(x, 8, 8, 1), min=0.0)
    x = n.op("Clip", n.conv(x, 8, 8, 1), max=0.3)
    x = n.op("Pad", x, pads=[0, 0, 1, 2, 0, 0, 3, 4])
    n.save("clip_attributes", n.head(n.conv(x, 8, 8, strides=[2, 2]), 8))
    n = Net()
    x = n.op("Relu", n.conv("input", 3, 8, strides=[2, 2], pads=[1] * 4))

    def relu6(x):
        return n.op("Clip", x, n.const(0.0), n.const(6.0))

    for _ in range(2):
        y = relu6(n.bn(n.op("Conv", x, n.rand(24, 8, 1, 1)), 24))
        y = relu6(n.bn(n.op("Conv", y, n.rand(24, 1, 3, 3), group=24, pads=[1] * 4), 24))
        x = n.op("Add", x, n.bn(n.op("Conv", y, n.rand(8, 24, 1, 1)), 8))
    n.save("mobilenet_v2", n.head(x, 8))


def fusing():
    n = Net()
    x = n.conv("input", 3, 8, pads=[1] * 4)
    p = n.op("Relu", n.bn(x, 8))
    a = n.conv(p, 8, 8, pads=[1] * 4)
    late = n.op("Relu", n.conv(p, 8, 8, 1))  # made after a, which must wait for it
    x = n.op("Add", n.op("Add", a, late), x)
    n.save("preactivation", n.head(n.op("Relu", n.bn(x, 8)), 8))
    n = Net()
    w = n.rand(8, 8, 3, 3)
    x = n.conv("input", 3, 8, 1)
    x = n.op("Relu", n.bn(n.op("Conv", x, w, pads=[1] * 4), 8))
    x = n.op("Relu", n.bn(n.op("Conv", x, w, pads=[1] * 4), 8))
    x = n.op("Add", x, x)
    n.save("shared_weights", n.head(n.op("Sum", x, n.conv(x, 8, 8, 1)), 8))
    n = Net()
    x = n.op("Mul", n.op("MaxPool", n.conv("input", 3, 8), kernel_shape=[2, 2]), n.rand(8, 1, 1))
    n.save("affine_used_twice", n.head(n.op("Add", n.op("Relu", x), n.op("Add", x, n.rand(8, 1, 1))), 8))
    n = Net()
    x = n.op("Relu", n.op("Mul", n.op("MaxPool", n.conv("input", 3, 8), kernel_shape=[2, 2]), n.rand(8, 1, 1)))
    x = n.op("Clip", n.op("Relu", n.op("Add", x, n.rand(8, 1, 1))), n.const(0.1), n.const(0.2))
    n.save("activation_chain", n.head(n.op("Sigmoid", n.op("Relu", n.conv(x, 8, 8))), 8))
    n = Net()
    x = n.op("Div", "input", n.const(255))
    x = n.op("Sub", x, n.const(np.reshape([0.4, 0.5, 0.6], (3, 1, 1))))
    x = n.op("Div", x, n.const(np.reshape([0.2, 0.3, 0.4], (1, 3, 1, 1))))
    x = n.op("Mul", n.conv(x, 3, 8, pads=[1] * 4), n.rand(8, 1, 1))
    x = n.op("Sub", n.const(1), n.op("Add", n.rand(1, 8, 1, 1), x))
    n.save("preprocessing", n.head(x, 8))
    n = Net()
    x = n.op("Flatten", n.op("GlobalAveragePool", n.conv("input", 3, 8)))
    x = n.bn(n.op("Gemm", n.bn(x, 8), n.rand(16, 8), n.rand(16), transB=1), 16)
    n.save("batch_norm_1d", n.op("Gemm", n.op("Relu", x), n.rand(10, 16), n.rand(10), transB=1))


def heads():
    n = Net(opset=7)
    x = n.op("Relu", n.bn(n.op("Conv", "input", n.rand(8, 3, 3, 3), pads=[1] * 4), 8))
    x = n.op("Dropout", x, ratio=0.5)
    x = n.op("Relu", n.op("Add", n.conv(x, 8, 8, pads=[1] * 4), x))
    x = n.op("Reshape", n.op("GlobalAveragePool", x), n.ints(0, -1))
    x = n.op("Add", n.op("MatMul", x, n.rand(8, 10)), n.rand(10))
    n.save("opset_7", n.op("Softmax", x, axis=1))
    n = Net((7, 7))
    x = n.conv("input", 3, 8)
    batch = n.op("Gather", n.op("Shape", x), n.const(0, np.int64))
    shape = n.op("Concat", n.op("Unsqueeze", batch, n.ints(0)), n.ints(-1), axis=0)
    x = n.op("Gemm", n.op("Reshape", x, shape), n.rand(16, 200), n.rand(16), transB=1)
    x = n.op("Gemm", n.op("Relu", x), n.rand(16, 20), n.rand(20), alpha=0.5, beta=2.0)
    n.save("vgg", n.op("Gemm", n.op("Relu", x), n.rand(10, 20), n.rand(10), transB=1))
    n = Net(opset=15)
    x = n.op("GlobalAveragePool", n.conv("input", 3, 8))
    n.save("shape_range", n.op("MatMul", n.op("Reshape", x, n.op("Shape", x, start=0, end=2)), n.rand(8, 10)))
    n = Net()
    x = n.op("GlobalAveragePool", n.conv("input", 3, 8))
    batch = n.op("Slice", n.op("Shape", x), n.ints(0), n.ints(1))
    x = n.op("Reshape", x, n.op("Concat", batch, n.ints(8), axis=0))
    n.save("shape_slice", n.op("Gemm", x, n.rand(10, 8), n.rand(10), transB=1))
    n = Net(opset=11)
    x = n.op("ReduceMean", n.conv("input", 3, 8), axes=[-1, 2], keepdims=0)
    n.save("transposed_weight", n.op("MatMul", x, n.op("Transpose", n.rand(10, 8), perm=[1, 0])))
    n = Net((9, 9), opset=11)
    x = n.op("AveragePool", n.conv("input", 3, 8), kernel_shape=[7, 7])
    n.save("squeeze", n.op("Gemm", n.op("Dropout", n.op("Squeeze", x, axes=[2, 3])), n.rand(10, 8), transB=1))
    n = Net()
    n.save("no_classifier", n.op("Flatten", n.op("GlobalAveragePool", n.op("Relu", n.conv("input", 3, 8)))))
    n = Net((5, 5))
    n.save("feature_map", n.op("Relu", n.conv("input", 3, 8)))
    n = Net(shape=("N", 13, 12, 3))
    x = n.op("Pad", n.op("Transpose", "input", perm=[0, 3, 1, 2]), n.ints(0, 0, 3, 3, 0, 0, 3, 3), n.const(0))
    x = n.op("Relu", n.bn(n.conv(x, 3, 8, 7, strides=[2, 2], auto_pad="VALID"), 8, epsilon=1e-3))
    x = n.op("MaxPool", n.op("Pad", x, n.ints(0, 0, 1, 1, 0, 0, 1, 1)), kernel_shape=[3, 3], strides=[2, 2])
    x = n.op("Squeeze", n.op("GlobalAveragePool", x), n.ints(2, 3))
    n.save("keras", n.op("Softmax", n.op("Add", n.op("MatMul", x, n.rand(8, 10)), n.rand(10))))


def joining():
    n = Net()
    x = n.op("Relu", n.conv("input", 3, 16, pads=[1] * 4))
    parts, c = [x], 16
    for k in (12, 8, 12):
        y = n.op("Concat", *parts, axis=-3)  # of one input, too
        y = n.conv(n.op("Relu", n.bn(y, c)), c, 16, 1)
        parts.append(n.conv(n.op("Relu", n.bn(y, 16)), 16, k, pads=[1] * 4))
        c += k
    x = n.op("Relu", n.bn(n.op("Concat", *parts, axis=1), c))
    x = n.op("AveragePool", n.conv(x, c, 8, 1), kernel_shape=[2, 2], strides=[2, 2])
    x = n.op("Relu", n.op("Concat", x, n.op("Sigmoid", x), axis=1))
    n.save("densenet", n.head(n.op("Add", n.op("Concat", x, x, axis=1), n.conv(x, 16, 32, 1)), 32))
    n = Net(opset=11)
    x = n.conv("input", 3, 8)
    x = n.op("Concat", *(n.op("Flatten", n.op(kind, x)) for kind in ("GlobalMaxPool", "GlobalAveragePool")), axis=1)
    x = n.op("Concat", x, n.op("Flatten", n.op("GlobalMaxPool", "input")), axis=-1)
    n.save("concat_pool", n.op("Gemm", x, n.rand(10, 19), n.rand(10), transB=1))


    n = Net()  # torchvision's transform_input, and RGB to BGR
    planes = []
    for i in range(3):
        x = n.op("Unsqueeze", n.op("Gather", "input", n.const(i, np.int64), axis=1), n.ints(1))
        planes.append(n.op("Add", n.op("Mul", x, n.rand()), n.rand()))
    x = n.op("Gather", n.op("Concat", *planes, axis=1), n.ints(2, -2, 0), axis=-3)
    a, b, c = (n.op("Relu", n.conv(x, 3, 8, 3, pads=[1] * 4)) for _ in range(3))
    x = n.op("Concat", n.op("Concat", a, b, axis=1), c, c, axis=1)
    n.save("channels", n.head(x, 32))


def exciting():
    n = Net()
    x = n.bn(n.conv("input", 3, 12, pads=[1] * 4), 12)
    s = n.op("Relu", n.conv(n.op("ReduceMean", x, axes=[2, 3]), 12, 3, 1))
    s = n.op("HardSigmoid", n.conv(s, 3, 12, 1), alpha=1 / 6)
    x = n.op("Relu", n.op("Mul", s, x))
    s = n.conv(n.op("GlobalAveragePool", x), 12, 12, 1)
    x = n.op("Mul", x, n.op("Mul", s, n.op("Sigmoid", s)))
    n.save("squeeze_excite", n.head(x, 12))
    n = Net()  # as with nn.Linear and expand_as, and without a classifier
    x = n.op("Relu", n.conv("input", 3, 12, pads=[1] * 4))
    y = n.bn(n.conv(x, 12, 12, pads=[1] * 4), 12)
    s = n.op("Flatten", n.op("GlobalAveragePool", y))
    s = n.op("Relu", n.op("MatMul", s, n.rand(12, 4)))
    s = n.op("Sigmoid", n.op("Gemm", s, n.rand(12, 4), n.rand(12), transB=1))
    s = n.op("Reshape", s, n.op("Concat", n.op("Slice", n.op("Shape", y), n.ints(0), n.ints(2)), n.ints(1, 1), axis=0))
    x = n.op("Relu", n.op("Add", n.op("Mul", y, n.op("Expand", s, n.op("Shape", y))), x))
    n.save("squeeze_excite_linear", n.op("Flatten", n.op("GlobalAveragePool", x)), classifier=False)
    n = Net((4, 4))  # images of one pixel, whose gains are of their shape
    x = n.conv("input", 3, 8, 4)
    n.save("squeeze_excite_pixel", n.head(n.op("Mul", x, n.op("Relu", n.conv(x, 8, 8, 1))), 8))


def types():
    n = Net((7, 7))
    x = n.conv("input", 3, 8)
    shape = n.op("Cast", n.op("Shape", x), to=T.INT32)
    batch, c, h, w = (n.op("Gather", shape, n.typed(T.INT64, [], [i])) for i in range(4))
    rest = n.op("Mul", n.op("Mul", c, h), n.op("Sub", n.op("Add", w, w), w))
    rest = n.op("Div", rest, n.typed(T.INT32, [1], [1]))
    parts = n.op("Unsqueeze", batch, n.typed(T.INT64, [1], [-1])), rest
    x = n.op("Reshape", x, n.op("Cast", n.op("Concat", *parts, axis=0), to=T.INT64))
    matrix = n.typed(T.FLOAT, [16, 200], n.rng.standard_normal(3200) / 14)
    x = n.op("MatMul", x, n.op("Transpose", matrix))
    half = n.typed(T.FLOAT16, [16], n.rng.standard_normal(16).astype(np.float16))
    x = n.op("Relu", n.op("Add", x, n.op("Cast", half, to=T.FLOAT)))
    double = n.typed(T.DOUBLE, [16], n.rng.standard_normal(16))
    x = n.op("Mul", n.op("Cast", double, to=T.FLOAT), x)
    x = n.op("Unsqueeze", n.op("Unsqueeze", x, n.ints(2)), n.ints(-1))
    n.save("typed_data", n.head(n.conv(x, 16, 8, 1), 8))
    n = Net(typ=T.DOUBLE)
    n.save("double", n.head(n.op("Relu", n.bn(n.conv("input", 3, 8), 8)), 8))
    n = Net()
    kernel = helper.make_tensor("k", T.FLOAT, [8, 3, 3, 3], (n.rng.standard_normal(216) / 5).tolist())
    x = n.op("Conv", "input", n.op("Constant", value=kernel))
    shift = n.op("Constant", value_floats=n.rng.standard_normal(8).tolist())
    x = n.op("Add", x, n.op("Reshape", shift, n.op("Constant", value_ints=[8, 1, 1])))
    x = n.op("Clip", x, n.op("Constant", value_float=0.0), n.op("Constant", value_float=1.0))
    n.save("constants", n.head(x, 8))
    n = Net()
    x = n.op("Cast", "input", to=T.FLOAT16)
    n.dtype = np.float16
    # A kernel of one element of 1, so that ONNX Runtime's halves don't round.
    x = n.op("Conv", x, n.const(np.eye(8, 3).reshape(8, 3, 1, 1)))
    n.save("half", n.op("Cast", x, to=T.FLOAT))


os.makedirs(os.path.join(HERE, "dialects"), exist_ok=True)
for write in (geometry, activations, fusing, heads, joining, exciting, types):
    write()
np.savez_compressed(os.path.join(HERE, "dialects.npz"), **features)
