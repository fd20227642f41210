"""Runs the frozen front of a trunk once over all samples, and keeps what comes out.

A third of the trunk's operations take four fifths of a training step on a CPU, because their
pictures are large. With those frozen, onnxruntime computes them once (mirrored too), and the
trainer reads halves from disk.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from .onnx_graph import Builder, add_trunk
from .tflite_graph import Graph

BATCH = 16


def session_of(graph: Graph, threads: int = 1) -> ort.InferenceSession:
    """An onnxruntime session from a graph's input to its first output."""
    builder = Builder()
    names = add_trunk(builder, graph, "x")
    last = builder.node("Identity", [names[graph.outputs[0]]], "y")
    value = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            builder.nodes,
            "front",
            [value("x", TensorProto.FLOAT, ["n", *graph.shape[graph.input]])],
            [value(last, TensorProto.FLOAT, ["n", *graph.shape[graph.outputs[0]]])],
            builder.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options)


def run_front(session: ort.InferenceSession, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, S, S, 3) uint8 RGB -> (N, C, H, W)."""
    parts = []
    for i in range(0, len(images), BATCH):
        x = images[i : i + BATCH].transpose(0, 3, 1, 2).astype(np.float32) / 255
        parts.append(session.run(None, {"x": x})[0])
    return np.concatenate(parts)


def cache_front(graph: Graph, samples: Path, out: Path) -> list[Path]:
    """Write `front_K.npy` (2, N, C, H, W) float16 for each shard: as it is, and mirrored.

    Parameters
    ----------
    graph
        The frozen part.
    samples
        Folder with `images_K.npy`.
    out
        Folder for the caches; files that exist are kept.

    Returns
    -------
    list of Path
        In the order of the shards.
    """
    out.mkdir(parents=True, exist_ok=True)
    session = session_of(graph)
    files = []
    shards = sorted(samples.glob("labels_*.npy"), key=lambda p: int(p.stem.split("_")[1]))
    for labels in shards:
        k = int(labels.stem.split("_")[1])
        file = out / f"front_{k}.npy"
        files.append(file)
        if file.exists():
            continue
        images: NDArray[Any] = np.load(samples / f"images_{k}.npy", mmap_mode="r")
        part = file.with_suffix(".part.npy")
        cache = np.lib.format.open_memmap(
            part,
            mode="w+",
            dtype=np.float16,
            shape=(2, len(images), *graph.shape[graph.outputs[0]]),
        )
        for i in range(0, len(images), 200):
            block = np.asarray(images[i : i + 200])
            cache[0, i : i + 200] = run_front(session, block)
            cache[1, i : i + 200] = run_front(session, block[:, :, ::-1])
        cache.flush()
        del cache
        part.rename(file)
        print(f"front of shard {k} cached", flush=True)
    return files
