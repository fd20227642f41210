"""Odd bytes, odd numbers, odd texts, odd arrays: what sound inputs are made into."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

Random = np.random.Generator
_T = TypeVar("_T")

NUMBERS: tuple[Any, ...] = (
    0, -0.0, 1, -1, 2, 3, 255, 256, 2**15, 2**31 - 1, -(2**31), 2**32, 2**63 - 1, 2**64, 10**30,
    0.5, 0.1, -0.5, 1.0000001, 1e-9, 1e-30, 5e-324, 1e9, 3.4e38, 1e39, 1.7e308,
    float("inf"), float("-inf"), float("nan"), True, False,
)  # fmt: skip
TEXTS = (
    "", " ", ".", "..", "/", "\\", "a", "default", "a/b", "../x", "a\nb", "a\0b", "\udcff", "顔",
    "{x}", "%s", "x" * 300, "x" * 5000, "-", "--", "nan", "1e5", "C:\\x", "NUL", "null", "\u202e",
    "a b", "'", '"', "😀", "\x1b[31m", ".prn-x.png", "e\u0301",
)  # fmt: skip
_DTYPES = ("f2", "f4", "f8", "i1", "i4", "i8", "u1", "u2", "?", "c8", "S3", "U4", "M8[s]", "V4")


def pick(rng: Random, among: Sequence[_T]) -> _T:
    """One of several."""
    return among[int(rng.integers(len(among)))]


def odds(rng: Random, share: float) -> bool:
    """True in this share of the cases."""
    return bool(rng.random() < share)


def number(rng: Random) -> Any:
    """A number, mostly one that is odd."""
    if odds(rng, 0.3):
        return float(rng.normal() * 10.0 ** rng.integers(-3, 6))
    return pick(rng, NUMBERS)


def text(rng: Random) -> str:
    """A text, mostly an odd one."""
    if odds(rng, 0.2):
        return "".join(chr(int(c)) for c in rng.integers(1, 0x3000, int(rng.integers(1, 40))))
    return pick(rng, TEXTS)


def value(rng: Random, depth: int = 2) -> Any:
    """Anything that JSON can hold."""
    kind = int(rng.integers(7 if depth else 4))
    if kind == 0:
        return None
    if kind in (1, 2):
        return number(rng)
    if kind == 3:
        return text(rng)
    count = int(rng.integers(0, 5))
    if kind in (4, 5):
        return [value(rng, depth - 1) for _ in range(count)]
    return {text(rng): value(rng, depth - 1) for _ in range(count)}


def changed(rng: Random, content: Any, share: float = 0.15) -> Any:
    """A nested value in which some parts are others, missing, or more than they were."""
    if odds(rng, share):
        return value(rng)
    if isinstance(content, dict):
        result = {k: changed(rng, v, share) for k, v in content.items() if not odds(rng, share / 3)}
        if odds(rng, share / 3):
            result[text(rng)] = value(rng)
        return result
    if isinstance(content, list):
        result = [changed(rng, v, share) for v in content if not odds(rng, share / 3)]
        return result * (3 if odds(rng, share / 3) else 1)
    return content


def damaged(rng: Random, data: bytes) -> bytes:
    """Bytes, mostly as they were: bits turned, parts lost, doubled, moved or overwritten."""
    result = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        if not result:
            break
        at = int(rng.integers(len(result)))
        # Heads of files say how the rest is read.
        if odds(rng, 0.4):
            at = int(rng.integers(min(len(result), 256)))
        length = int(2 ** rng.uniform(0, 12))
        kind = int(rng.integers(7))
        if kind == 0:
            result[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del result[at:]
        elif kind == 2:
            del result[at : at + length]
        elif kind == 3:
            result[at:at] = result[at : at + length]
        elif kind == 4:
            result[at:at] = rng.bytes(min(length, 64))
        elif kind == 5:
            odd = pick(rng, (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80"))
            result[at : at + len(odd)] = odd
        else:
            result[at : at + length] = rng.bytes(min(length, 512))
    return bytes(result)


def array(rng: Random, like: np.ndarray) -> np.ndarray:
    """An array of another shape, type or with odd values."""
    kind = int(rng.integers(8))
    with np.errstate(all="ignore"):
        if kind == 0:
            try:
                return like.astype(pick(rng, _DTYPES))
            except (TypeError, ValueError):
                return like
        if kind == 1:
            return np.zeros([int(n) for n in rng.integers(0, 9, int(rng.integers(0, 6)))], "f4")
        if kind == 2 and like.ndim:
            axis = int(rng.integers(like.ndim))
            return np.take(like, range(int(rng.integers(0, like.shape[axis] + 1))), axis=axis)
        if kind == 3 and like.ndim:
            return np.moveaxis(like, 0, -1)
        if kind == 4:
            return np.stack([like, like])
        if kind == 5 and like.dtype.kind == "f":
            return like * like.dtype.type(np.float64(number(rng)).astype(like.dtype))
        result = like.copy()
        if result.size and result.dtype.kind in "fiub":
            flat = result.reshape(-1)
            for _ in range(int(2 ** rng.uniform(0, 8))):
                odd = np.float64(number(rng))
                flat[int(rng.integers(flat.size))] = odd.astype(result.dtype)
        return result


def arrays(rng: Random, like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Named arrays, some of them odd, missing or more than there were."""
    result = dict(like)
    for _ in range(int(rng.integers(1, 4))):
        name = pick(rng, sorted(result)) if result else "x"
        kind = int(rng.integers(6))
        if kind == 0 and len(result) > 1:
            result.pop(name)
        elif kind == 1:
            result[f"part_{text(rng)}".replace("\0", "").replace("/", "")[:80]] = result[name]
        elif kind == 2:
            result[name] = np.array(number(rng) if odds(rng, 0.5) else text(rng))
        elif name in result:
            result[name] = array(rng, result[name])
    return {k: v for k, v in result.items() if v.dtype.kind != "O"}


def npz(named: Mapping[str, np.ndarray]) -> bytes:
    """The content of an .npz file, whatever its arrays are called."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in named.items():
            one = io.BytesIO()
            np.save(one, values, allow_pickle=False)
            archive.writestr(f"{name}.npy".encode("utf-8", "replace").decode(), one.getvalue())
    return stream.getvalue()


def swollen_npz(rng: Random, named: Mapping[str, np.ndarray]) -> bytes:
    """An .npz file one of whose arrays claims another size than it has, or that holds no array."""
    stream = io.BytesIO()
    odd = pick(rng, sorted(named))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in named.items():
            one = io.BytesIO()
            np.save(one, values, allow_pickle=False)
            content = one.getvalue()
            if name == odd:
                content = _other_head(rng, content, values)
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def _other_head(rng: Random, content: bytes, values: np.ndarray) -> bytes:
    kind = int(rng.integers(4))
    if kind == 0:
        return bytes(int(2 ** rng.uniform(10, 28)))  # zeros: little in the archive
    if kind == 1:
        return damaged(rng, content)
    shape = tuple(int(n) for n in 2 ** rng.uniform(0, 16, int(rng.integers(1, 5))))
    head = {"descr": pick(rng, ("<f8", "|O", "<f4", "<i8", "|b1")), "fortran_order": False,
            "shape": shape}  # fmt: skip
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, head)
    return stream.getvalue() + values.tobytes()
