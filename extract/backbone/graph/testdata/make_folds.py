#!/usr/bin/env python3
"""Makes a model of operators on constants, and what ONNX Runtime computes for each.

    python3 make_folds.py        # onnx 1.23, ONNX Runtime 1.32, NumPy; writes folds.onnx and folds.npz

The archive holds every output under its name.
"""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(1)
nodes, weights, outputs = [], [], []


def const(value):
    value = np.asarray(value)
    name = f"c{len(weights)}"
    weights.append(numpy_helper.from_array(value, name))
    return name


def case(op, *inputs, n=1, **attributes):
    names = [f"{op}_{len(nodes)}_{i}" for i in range(n)]
    inputs = [i if isinstance(i, str) else "" if i is None else const(i) for i in inputs]
    nodes.append(helper.make_node(op, inputs, names, **attributes))
    outputs.extend(names)
    return names[0]


def reals(*shape):
    return rng.uniform(-4, 4, shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


for op in ["Abs", "Ceil", "Floor", "Neg", "Reciprocal", "Round", "Sign"]:
    case(op, reals(3, 4))
case("Round", np.array([0.5, 1.5, 2.5, -0.5], np.float32))
case("Sqrt", abs(reals(3, 4)))
case("Neg", ints(3, -4))
for op in ["Add", "Sub", "Mul", "Div"]:
    case(op, reals(2, 3, 1), reals(3, 4))
    case(op, ints(7, -7, 9), ints(2, 3, -4))
case("Mod", ints(7, -7, 9, -9), ints(3, 3, -4, -4))
case("Mod", reals(5), reals(5), fmod=1)
for exponent in [0, 0.5, 1, 2, 3, -1, -0.5, 1.7]:
    case("Pow", abs(reals(3)), np.float32(exponent))
case("Pow", reals(3), ints(2))
case("Min", reals(2, 3), reals(3), np.float32(0.5))
case("Max", ints(1, 5, 3), ints(4, 2, 3))
case("Sum", reals(2, 3), reals(3), reals(2, 1))
for op in ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]:
    case(op, ints(1, 2, 3), ints(2, 2, 2))
    case(op, reals(3), np.float32(0.1))
t, f = np.array([True, True, False, False]), np.array([True, False, True, False])
for op in ["And", "Or", "Xor"]:
    case(op, t, f)
case("Not", t)
for op in ["ReduceMean", "ReduceSum", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceMax", "ReduceMin", "ReduceProd"]:
    case(op, reals(2, 3, 4), ints(0, -1))
    case(op, reals(2, 3, 4), ints(1), keepdims=0)
    case(op, reals(2, 3))
case("ReduceSum", ints(3, 4, 5), ints(0))
case("ReduceMean", reals(2, 3), None, noop_with_empty_axes=1)
case("ConstantOfShape", ints(2, 3))
case("ConstantOfShape", ints(3), value=helper.make_tensor("v", TensorProto.INT64, [1], [7]))
case("Range", np.int64(3), np.int64(17), np.int64(5))
case("Range", np.int64(9), np.int64(-2), np.int64(-3))
case("Range", np.float32(0), np.float32(1), np.float32(0.3))
case("Cast", reals(6), to=TensorProto.INT64)
case("Cast", ints(1, 0, -5), to=TensorProto.BOOL)
case("Cast", ints(1, 0, -5), to=TensorProto.FLOAT)
case("Cast", ints(1 << 33 | 5), to=TensorProto.INT32)
case("CastLike", ints(1, 2), np.float32(0))
case("Clip", reals(8), np.float32(-1), np.float32(2))
case("Concat", reals(2, 1, 3), reals(2, 2, 3), axis=-2)
case("Concat", ints(1, 2), ints(3), axis=0)
case("Split", reals(4, 5), ints(1, 3), n=2, axis=0)
case("Split", reals(2, 7), n=3, axis=1, num_outputs=3)
case("Slice", reals(4, 5, 6), ints(1, -2), ints(100, -4), ints(0, 2), ints(2, -1))
case("Slice", reals(5), ints(-1), ints(-100), ints(0), ints(-2))
case("Slice", ints(1, 2, 3, 4), ints(1), ints(3))
case("Gather", reals(3, 4), np.array([[0, -1], [2, 1]]), axis=1)
case("Gather", ints(5, 6, 7), np.array(-1))
case("Transpose", reals(2, 3, 4), perm=[2, 0, 1])
case("Transpose", reals(2, 3))
case("Expand", reals(3, 1), ints(2, 3, 4))
case("Tile", reals(2, 3), ints(2, 3))
case("Where", np.array([[True], [False]]), reals(2, 3), reals(3))
case("Shape", reals(2, 3, 4), start=1)
case("Size", reals(2, 3, 4))
x = case("Reshape", reals(2, 6), ints(3, -1))
x = case("Unsqueeze", x, ints(0))
x = case("Squeeze", x, ints(0))
case("Flatten", case("Identity", x), axis=1)
case("BatchNormalization", reals(2, 3, 4), reals(3), reals(3), reals(3), abs(reals(3)), epsilon=0.01)
for mode in ["nearest", "linear", "cubic"]:
    for coordinates in ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"]:
        case("Resize", reals(1, 2, 4, 5), None, None, ints(1, 2, 7, 3), mode=mode, coordinate_transformation_mode=coordinates)
case("Resize", reals(1, 1, 4, 4), None, np.array([1, 1, 1.6, 2.3], np.float32), mode="cubic", cubic_coeff_a=-0.5)
for nearest in ["floor", "ceil", "round_prefer_ceil"]:
    case("Resize", reals(1, 1, 3, 3), None, None, ints(1, 1, 5, 4), mode="nearest", nearest_mode=nearest)

for op in ["Exp", "Sin", "Cos", "Tan", "Tanh", "Sigmoid", "Erf", "Relu", "Softplus", "HardSwish"]:
    case(op, reals(3, 40))
case("Log", abs(reals(40)))
case("Exp", np.array([-200, -90, 0, 80, np.inf, -np.inf], np.float32))
case("Sin", np.array([0, 1e-20, 100, -1000, 100000], np.float32))
case("LeakyRelu", reals(9), alpha=0.2)
case("Elu", reals(9), alpha=1.5)
case("HardSigmoid", reals(9), alpha=0.3, beta=0.4)
case("Pow", np.array([100, 10000], np.float32), np.array([0.125, -0.75], np.float32))
case("Pow", ints(3, -2, 7), ints(13, 5, 0))
case("IsNaN", np.array([np.nan, 1, np.inf], np.float32))
case("IsInf", np.array([np.nan, 1, np.inf, -np.inf], np.float32))
case("IsInf", np.array([np.inf, -np.inf], np.float32), detect_negative=0)
case("MatMul", reals(3, 4), reals(4, 5))
case("MatMul", reals(2, 1, 3, 4), reals(5, 4, 2))
case("MatMul", reals(4), reals(2, 4, 3))
case("MatMul", reals(2, 3, 4), reals(4))
case("MatMul", reals(4), reals(4))
case("Gemm", reals(3, 4), reals(4, 5))
case("Gemm", reals(4, 3), reals(5, 4), reals(3, 1), transA=1, transB=1, alpha=0.5, beta=-2.0)
case("Einsum", reals(3), reals(4), equation="i,j->ij")
case("Einsum", reals(2, 3, 4), reals(5, 4), equation="bij, kj -> bki")
case("Einsum", reals(3, 3), equation="ii->i")
case("Softmax", reals(2, 3, 4), axis=1)
case("Softmax", reals(2, 3) * np.float32(50))
case("LogSoftmax", reals(2, 3, 4))
case("LayerNormalization", reals(2, 3, 4), reals(4), reals(4), epsilon=0.1)
case("LayerNormalization", reals(2, 3, 4), reals(3, 1), axis=1)
for reduction in ["none", "add", "mul", "min", "max"]:
    case("ScatterND", reals(4, 5), ints(1, -1, 1).reshape(3, 1), reals(3, 5), reduction=reduction)
    case("ScatterElements", reals(3, 4), np.array([[0, -1, 2, 1], [1, 0, 2, 0]]), reals(2, 4), axis=0, reduction=reduction)
case("ScatterND", ints(1, 2, 3, 4).reshape(2, 2), np.array([[0, 1], [1, -2]]), ints(7, 8))
case("ScatterElements", ints(1, 2, 3, 4), ints(3, 0), ints(7, 8))
case("GatherND", reals(3, 4, 5), np.array([[0, 1], [2, -1]]))
case("GatherND", reals(2, 3, 4), np.array([[[1], [0]], [[2], [-1]]]), batch_dims=1)
case("GatherND", ints(5, 6, 7), np.array([[2], [0]]))
case("GatherElements", reals(3, 4), np.array([[0, -1, 2], [1, 1, 0]]), axis=1)
for upper in [0, 1]:
    case("Trilu", reals(2, 3, 4), upper=upper)
    case("Trilu", reals(4, 3), np.int64(1), upper=upper)
    case("Trilu", ints(1, 2, 3, 4).reshape(2, 2), np.int64(-1), upper=upper)
for exclusive in [0, 1]:
    for reverse in [0, 1]:
        case("CumSum", reals(3, 4), np.int64(-1), exclusive=exclusive, reverse=reverse)
case("CumSum", ints(1, 2, 3, 4).reshape(2, 2), np.int64(0))
case("NonZero", np.array([[0, 1.5, 0], [-2, 0, 3]], np.float32))
case("NonZero", t)
case("OneHot", ints(1, -1, 5), np.int64(4), reals(2))
case("OneHot", ints(1, 0, 2, 1).reshape(2, 2), np.int64(3), ints(0, 1), axis=1)
case("EyeLike", reals(3, 4), k=1)
case("EyeLike", ints(1, 2, 3, 4, 5, 6).reshape(3, 2), k=-1, dtype=TensorProto.FLOAT)
case("ArgMax", reals(3, 4), axis=1)
case("ArgMin", reals(3, 4), keepdims=0)
case("ArgMax", ints(1, 3, 3), select_last_index=1)
case("ArgMax", ints(1, 3, 3))
case("Pad", reals(2, 3), ints(1, 0, 0, 2), np.float32(1.5))
case("Pad", reals(2, 3), ints(-1, 2, 1, -1))
case("Pad", ints(1, 2, 3), ints(2, 1), np.int64(9))
case("Pad", reals(2, 3, 4), ints(2, 1), None, ints(-1), mode="reflect")
for mode in ["reflect", "edge", "wrap"]:
    case("Pad", reals(3, 4), ints(1, 2, 2, 3), mode=mode)
case("ReduceLogSum", abs(reals(2, 3)), ints(1))
case("Conv", reals(2, 4, 5, 6), reals(6, 2, 3, 2), reals(6), group=2, strides=[2, 1], dilations=[1, 2], pads=[1, 0, 0, 2])
case("Conv", reals(1, 3, 4, 4), reals(5, 3, 1, 1))
case("Conv", reals(1, 1, 5, 5), reals(1, 1, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
case("Squeeze", reals(1, 3, 1))
for mode in ["linear", "cubic"]:
    for sizes in [(3, 2), (7, 8), (5, 3)]:
        case("Resize", reals(1, 2, 5, 6), None, None, ints(1, 2, *sizes), mode=mode, antialias=1)
case("Resize", reals(1, 1, 5, 6), None, None, ints(3, 4), mode="cubic", antialias=1, cubic_coeff_a=-0.5, axes=[-2, 3], exclude_outside=1)
case("Resize", reals(1, 1, 5, 6), None, None, ints(1, 1, 7, 8), mode="cubic", exclude_outside=1)

image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 8, 8])
graph = helper.make_graph(nodes, "folds", [image], [onnx.ValueInfoProto(name=o) for o in outputs], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
onnx.save(model, "folds.onnx")
options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
options.log_severity_level = 3
session = onnxruntime.InferenceSession("folds.onnx", options)
values = session.run(outputs, {"image": np.zeros((1, 3, 8, 8), np.float32)})
np.savez("folds.npz", **{o: v.astype(np.float64) for o, v in zip(outputs, values)})
print(len(nodes), "nodes")
