"""Reads a convolutional TensorFlow Lite file into a list of operations with numpy weights.

It knows the operations that MediaPipe's face networks (Apache-2.0) consist of: convolutions,
depthwise convolutions, PReLU, ReLU, additions, max pooling, padding of channels, and the three with
which the face mesh with attention crops the eyes and the mouth out of its feature maps. The result
depends on neither PyTorch nor ONNX: the trainable network (`training.network.trunk`) and the
exported graph (`training.graphs.onnx_graph`) are both built from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Op:
    """One operation on NCHW tensors. Tensors are known by their number in the file.

    Attributes
    ----------
    kind : str
        `conv`, `depthwise`, `prelu`, `relu`, `add`, `maxpool`, `pad_channels`, `reshape`, `concat`
        (along the second axis of what was reshaped), `scale` (times a constant) or `same` (nothing
        happens); and, for attention, `region` (the rectangle around some points), `cut` (crops a
        feature map to a region) and `back` (takes points found in the crop back to the whole
        picture).
    inputs : tuple of int
        Tensors that it reads.
    output : int
        The tensor that it writes.
    weights : dict
        `w` (out, in / groups, kh, kw) and `b` (out,) of convolutions, `a` (channels,) of a prelu,
        `w` of a scale.
    stride : int
    pads : tuple of int
        top, left, bottom, right: computed for the input size of the file.
    relu : bool
        Whether a ReLU follows.
    channels : int
        pad_channels: channels of the output.
    kernel : int
        maxpool: side of the window.
    options : dict
        region and cut: MediaPipe's own options, by its names; reshape: `shape`; back: `points`, how
        many there are.
    """

    kind: str
    inputs: tuple[int, ...]
    output: int
    weights: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    stride: int = 1
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    relu: bool = False
    channels: int = 0
    kernel: int = 1
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """A network.

    Attributes
    ----------
    ops : tuple of Op
        In the order in which they run.
    input : int
    outputs : tuple of int
        Tensor numbers.
    shape : dict
        (channels, height, width) of each tensor of four dimensions.
    """

    ops: tuple[Op, ...]
    input: int
    outputs: tuple[int, ...]
    shape: dict[int, tuple[int, int, int]]

    def output_of_size(self, size: int) -> int:
        """The output tensor that holds `size` values.

        Raises
        ------
        ValueError
            There is none.
        """
        for t in self.outputs:
            if int(np.prod(self.shape[t])) == size:
                return t
        raise ValueError(
            f"no output of {size} values; there are {[self.shape[t] for t in self.outputs]}"
        )

    def upto(self, tensor: int) -> Graph:
        """The part of the graph that `tensor` depends on; it becomes the only output."""
        needed = {tensor}
        kept = []
        for op in reversed(self.ops):
            if op.output in needed:
                needed.update(op.inputs)
                kept.append(op)
        return Graph(tuple(reversed(kept)), self.input, (tensor,), self.shape)


_ATTENTION = {
    b"Landmarks2TransformMatrix": "region",
    b"TransformTensorBilinear": "cut",
    b"TransformLandmarks": "back",
}
"""MediaPipe's own operations, in the second version of each -> `Op.kind`."""


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Padding before and after, as TensorFlow's SAME places it."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def read_tflite(path: Path) -> Graph:
    """Read a file.

    Parameters
    ----------
    path
        For instance MediaPipe's `face_landmark.tflite`.

    Returns
    -------
    Graph
        Weights that the file keeps in half precision are float32 here.

    Raises
    ------
    ValueError
        It has an operation that this module does not know.
    """
    import tflite
    from flatbuffers import flexbuffers

    model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    names = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
    types = {
        tflite.TensorType.FLOAT32: np.float32,
        tflite.TensorType.FLOAT16: np.float16,
        tflite.TensorType.INT32: np.int32,
    }

    def constant(i: int) -> NDArray[Any]:
        t = graph.Tensors(i)
        data = model.Buffers(t.Buffer()).DataAsNumpy()
        shape = t.ShapeAsNumpy() if t.ShapeLength() else ()
        return np.frombuffer(data.tobytes(), types[t.Type()]).reshape(shape)

    halves: dict[int, NDArray[np.float32]] = {}

    def weights(i: int) -> NDArray[np.float32]:
        return np.ascontiguousarray(halves[i] if i in halves else constant(i), dtype=np.float32)

    shape: dict[int, tuple[int, int, int]] = {}

    def see(i: int) -> int:
        s = [int(v) for v in graph.Tensors(i).ShapeAsNumpy()]
        if len(s) == 4:
            shape[i] = (s[3], s[1], s[2])
        return int(i)

    ops: list[Op] = []
    for k in range(graph.OperatorsLength()):
        o = graph.Operators(k)
        code = model.OperatorCodes(o.OpcodeIndex())
        kind = names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        i, out = [int(v) for v in o.InputsAsNumpy()], int(o.OutputsAsNumpy()[0])
        if kind == "DEQUANTIZE":
            halves[out] = constant(i[0]).astype(np.float32)
            continue
        see(i[0])
        see(out)
        options = o.BuiltinOptions()
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            opt = (tflite.Conv2DOptions if kind == "CONV_2D" else tflite.DepthwiseConv2DOptions)()
            opt.Init(options.Bytes, options.Pos)
            w = weights(i[1])
            w = w.transpose(0, 3, 1, 2) if kind == "CONV_2D" else w.transpose(3, 0, 1, 2)
            pads = (0, 0, 0, 0)
            if opt.Padding() == 0:
                _, height, width = shape[i[0]]
                top, bottom = _same(height, w.shape[2], opt.StrideH())
                left, right = _same(width, w.shape[3], opt.StrideW())
                pads = (top, left, bottom, right)
            ops.append(
                Op(
                    "conv" if kind == "CONV_2D" else "depthwise",
                    (i[0],),
                    out,
                    {"w": np.ascontiguousarray(w), "b": weights(i[2])},
                    stride=opt.StrideH(),
                    pads=pads,
                    relu=opt.FusedActivationFunction() == 1,
                )
            )
        elif kind == "PRELU":
            ops.append(Op("prelu", (i[0],), out, {"a": weights(i[1]).reshape(-1)}))
        elif kind == "RELU":
            ops.append(Op("relu", (i[0],), out))
        elif kind == "CONCATENATION":
            ops.append(Op("concat", tuple(i), out))
        elif kind == "ADD":
            see(i[1])
            ops.append(Op("add", (i[0], i[1]), out))
        elif kind == "MAX_POOL_2D":
            opt = tflite.Pool2DOptions()
            opt.Init(options.Bytes, options.Pos)
            ops.append(Op("maxpool", (i[0],), out, stride=opt.StrideH(), kernel=opt.FilterHeight()))
        elif kind == "PAD":
            p = constant(i[1])
            if p[:3].any() or p[3, 0]:
                raise ValueError(f"{path.name}: only channels are expected to be padded, found {p}")
            ops.append(Op("pad_channels", (i[0],), out, channels=shape[out][0]))
        elif kind == "RESHAPE":
            wanted = [int(v) for v in graph.Tensors(out).ShapeAsNumpy()]
            ops.append(Op("reshape", (i[0],), out, options={"shape": wanted}))
        elif kind == "STRIDED_SLICE":
            ops.append(Op("same", (i[0],), out))
        elif kind == "MUL":
            ops.append(Op("scale", (i[0],), out, {"w": weights(i[1])}))
        elif kind == "CUSTOM" and model.OperatorCodes(o.OpcodeIndex()).CustomCode() in _ATTENTION:
            name = _ATTENTION[model.OperatorCodes(o.OpcodeIndex()).CustomCode()]
            if name == "back":
                chosen = {"points": int(graph.Tensors(out).ShapeAsNumpy()[1])}
            else:
                chosen = dict(flexbuffers.Loads(bytearray(o.CustomOptionsAsNumpy().tobytes())))
            ops.append(Op(name, tuple(i), out, options=chosen))
        else:
            raise ValueError(f"{path.name}: unexpected operation {kind}")
    return Graph(
        tuple(ops),
        int(graph.InputsAsNumpy()[0]),
        tuple(see(t) for t in graph.OutputsAsNumpy()),
        shape,
    )
