"""An ONNX graph of ours as a Keras model with the same weights.

Keras holds images as (B, H, W, C) and ONNX as (B, C, H, W); here they are in Keras's order throughout. Operators that
our networks do not use are refused.
"""

from pathlib import Path
from typing import Any

import onnx
from onnx import numpy_helper

from benchmarks.peers.keras_quiet import keras

__all__ = ["keras_from_onnx"]

_TO_CHANNELS_LAST = [0, 2, 3, 1]


def keras_from_onnx(path: Path) -> Any:
    """Build the model; its input is float32 (B, 28, 28, 1), its output what the graph's is.

    Raises:
        NotImplementedError: an operator, or a use of it, that is not known here.
    """
    graph = onnx.load(path).graph
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    image = keras.Input((28, 28, 1))
    tensors = {graph.input[0].name: image}
    channels_last: set[str] = set()  # what the graph itself has brought into Keras's order
    for node in graph.node:
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        output = node.output[0]
        if node.op_type == "Constant":
            constants[output] = numpy_helper.to_array(attributes["value"])
            continue
        inputs = [tensors[name] for name in node.input if name in tensors]
        given = [constants[name] for name in node.input if name in constants]
        if node.op_type == "Transpose" and attributes["perm"] == _TO_CHANNELS_LAST:
            tensors[output] = inputs[0]
            channels_last.add(output)
        elif node.op_type in ("Flatten", "Reshape"):
            ordered = inputs[0] if node.input[0] in channels_last else keras.layers.Permute((3, 1, 2))(inputs[0])
            tensors[output] = keras.layers.Flatten()(ordered)
        elif node.op_type == "Slice":
            tensors[output] = _cropped(given, inputs[0])
        elif given and node.op_type in ("Conv", "Gemm", "MatMul"):
            tensors[output] = _weighted(node.op_type, attributes, given, inputs[0])
        else:
            layer = _plain(node.op_type, attributes, given)
            tensors[output] = layer(inputs if len(inputs) > 1 else inputs[0])
    return keras.Model(image, tensors[graph.output[0].name])


def _weighted(kind: str, attributes: dict[str, Any], given: list[Any], x: Any) -> Any:
    """Apply a layer that has weights: a matrix or filters, and perhaps a bias."""
    matrix, *bias = given
    if kind == "Conv":
        matrix = matrix.transpose(2, 3, 1, 0)
        strides = tuple(attributes["strides"])
        top, left, bottom, right = pads = attributes["pads"]
        is_same = strides == (1, 1) and set(pads) == {(len(matrix) - 1) // 2}  # otherwise Keras's `same` differs
        if any(pads) and not is_same:
            x = keras.layers.ZeroPadding2D(((top, bottom), (left, right)))(x)
        layer = keras.layers.Conv2D(
            matrix.shape[3],
            matrix.shape[:2],
            strides=strides,
            padding="same" if is_same else "valid",
            groups=attributes["group"],
            use_bias=bool(bias),
        )
    else:
        matrix = matrix.T if attributes.get("transB") else matrix
        layer = keras.layers.Dense(matrix.shape[1], use_bias=bool(bias))
    output = layer(x)
    layer.set_weights([matrix, *bias])
    return output


def _cropped(given: list[Any], x: Any) -> Any:
    """The part of an image from `starts` up to `ends` along `axes`, of which 2 are rows and 3 columns."""
    starts, ends, axes, *steps = (each.tolist() for each in given)
    if any(set(each) != {1} for each in steps) or not set(axes) <= {2, 3}:
        raise NotImplementedError(f"a slice along the axes {axes} in steps of {steps} is not known to this benchmark")
    crops = [(0, 0), (0, 0)]
    for start, end, axis in zip(starts, ends, axes, strict=True):
        size = x.shape[axis - 1]
        first, last, _ = slice(start, end).indices(size)
        crops[axis - 2] = (first, size - last)
    return keras.layers.Cropping2D(tuple(crops))(x)


def _plain(kind: str, attributes: dict[str, Any], given: list[Any]) -> Any:
    """The layer for an operator without weights."""
    layers = keras.layers
    is_scalar = len(given) == 1 and given[0].size == 1
    match kind:
        case "MaxPool" | "AveragePool" if not any(attributes.get("pads", [])) and not attributes.get("ceil_mode"):
            pool = layers.MaxPooling2D if kind == "MaxPool" else layers.AveragePooling2D
            return pool(attributes["kernel_shape"], strides=attributes["strides"])
        case "GlobalAveragePool":
            return layers.GlobalAveragePooling2D(keepdims=True)
        case "Relu":
            return layers.ReLU()
        case "Softmax":
            return layers.Softmax()
        case "Identity":
            return layers.Identity()
        case "Add" if not given:
            return layers.Add()
        case "Add" | "Sub" if is_scalar:
            return layers.Rescaling(1.0, given[0].item() * (1 if kind == "Add" else -1))
        case "Mul" | "Div" if is_scalar:
            return layers.Rescaling(given[0].item() if kind == "Mul" else 1 / given[0].item())
    raise NotImplementedError(f"the ONNX operator {kind} with {attributes} is not known to this benchmark")
