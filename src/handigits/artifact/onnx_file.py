"""A look inside the bytes of an ONNX file, before any runtime acts on them.

An ONNX graph may point to weights in other files, and onnxruntime follows such pointers, relative to the working
directory when it is given bytes. So what a file points to must be known before. The `onnx` package would tell, but only
training needs it; protobuf's wire format is small enough: a message is a row of (field number, wire type, payload).

Deliberately absent: writing, and any understanding of the operators.

Reference: https://protobuf.dev/programming-guides/encoding and `onnx.proto` of https://github.com/onnx/onnx
"""

import hashlib
from collections.abc import Iterator
from typing import Literal

import numpy as np

from handigits.errors import ModelError

__all__ = ["check_tensors", "content_digest", "metadata_entries"]

Message = Literal["model", "graph", "node", "attribute", "function", "training", "sparse", "tensor"]

_GRAPH_FIELD, _METADATA_FIELD = 7, 14

# Every way from a message down to a tensor: message -> {field number: message}.
_CHILDREN: dict[Message, dict[int, Message]] = {
    "model": {_GRAPH_FIELD: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}

_DATA_TYPE, _FLOAT_DATA, _RAW_DATA, _DOUBLE_DATA, _EXTERNAL_DATA, _DATA_LOCATION = 2, 4, 9, 10, 13, 14
_RAW_FLOATS = {1: "<f4", 10: "<f2", 11: "<f8"}  # TensorProto.DataType -> how raw_data is laid out


def metadata_entries(content: bytes) -> dict[str, str]:
    """The key-value pairs that an ONNX file carries.

    Raises:
        ModelError: the bytes are not ONNX, or end too early.
    """
    entries: dict[str, str] = {}
    has_graph = False
    for number, payload in _fields(memoryview(content)):
        has_graph |= number == _GRAPH_FIELD
        if number == _METADATA_FIELD and isinstance(payload, memoryview):
            pair = {key: bytes(text) for key, text in _fields(payload) if isinstance(text, memoryview)}
            entries[pair.get(1, b"").decode("utf-8", "replace")] = pair.get(2, b"").decode("utf-8", "replace")
    if not has_graph:
        raise ModelError("this is not an ONNX model: there is no graph in it.")
    return entries


def content_digest(content: bytes) -> str:
    """SHA-256 (hex) of everything in the file but its key-value pairs, so that it can be one of them."""
    digest = hashlib.sha256()
    for number, payload in _fields(memoryview(content)):
        if number != _METADATA_FIELD:
            size = payload if isinstance(payload, int) else len(payload)
            digest.update(f"{number}:{size}:".encode())
            if isinstance(payload, memoryview):
                digest.update(payload)
    return digest.hexdigest()


def check_tensors(content: bytes) -> None:
    """Refuse weights that lie outside the file, wherever it points, and weights that are not finite.

    Raises:
        ModelError: as above, or the bytes are not ONNX.
    """
    for tensor in _tensors(memoryview(content)):
        data_types = [payload for number, payload in _fields(tensor) if number == _DATA_TYPE]
        raw_layout = _RAW_FLOATS.get(data_types[-1]) if data_types and isinstance(data_types[-1], int) else None
        layouts = {_FLOAT_DATA: "<f4", _DOUBLE_DATA: "<f8", _RAW_DATA: raw_layout}
        for number, payload in _fields(tensor):
            if number == _EXTERNAL_DATA or (number == _DATA_LOCATION and payload != 0):
                raise ModelError("it keeps weights in other files, which is refused; save it as one file.")
            layout = layouts.get(number)
            if layout and isinstance(payload, memoryview) and not _is_finite(payload, layout):
                raise ModelError("it has weights that are NaN, infinite or cut short; train the model again.")


def _is_finite(payload: memoryview, layout: str) -> bool:
    dtype = np.dtype(layout)
    return len(payload) % dtype.itemsize == 0 and bool(np.isfinite(np.frombuffer(payload, dtype)).all())


def _tensors(model: memoryview) -> Iterator[memoryview]:
    """Every tensor in the file, as its bytes: initialisers, constants, and those of subgraphs and functions."""
    waiting: list[tuple[Message, memoryview]] = [("model", model)]
    while waiting:
        kind, message = waiting.pop()
        if kind == "tensor":
            yield message
            continue
        for number, payload in _fields(message):
            child = _CHILDREN[kind].get(number)
            if child and isinstance(payload, memoryview):
                waiting.append((child, payload))


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, payload) in order; a varint comes as an int, everything else as its bytes.

    Raises:
        ModelError: this is not protobuf, or its end is missing.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        if key >= 1 << 32:  # a runtime that drops the upper bits would see another field than this
            raise ModelError("this is not an ONNX model, or it is damaged.")
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire_type == 2:
            size, position = _varint(message, position)
        elif wire_type in (1, 5):
            size = 8 if wire_type == 1 else 4
        else:  # 3 and 4 are groups, which ONNX never had; 6 and 7 do not exist
            raise ModelError("this is not an ONNX model, or it is damaged.")
        if number == 0 or position + size > len(message):
            raise ModelError("this is not an ONNX model, or it is cut short.")
        yield number, message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """The number at `position` and where the next thing starts."""
    value = 0
    for shift in range(0, 70, 7):
        if position == len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ModelError("this is not an ONNX model, or it is cut short.")
