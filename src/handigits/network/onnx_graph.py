"""A network as an ONNX graph, and back. Needs the `onnx` package.

Deliberately absent: graphs that are no chain, and operators that none of our architectures has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handigits.errors import MissingExtraError, ModelError
from handigits.network.layers import (
    BatchNorm,
    Convolution,
    Crop,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Network,
    Relu,
    Rescale,
    Softmax,
    arrays_of,
    output_shape,
)

__all__ = ["from_onnx", "split_choice", "to_onnx"]

_INPUT, _OUTPUT = "images", "probabilities"
_OPSET, _IR_VERSION = 17, 8  # of 2022: old enough for every runtime in use, the browser's included
_TO_CHANNELS_LAST = [0, 2, 3, 1]


def to_onnx(network: Network) -> bytes:
    """ONNX bytes: `images` float32 (batch, 1, 28, 28) in, `probabilities` float32 (batch, 10) out.

    Raises:
        MissingExtraError: the `onnx` package is not installed.
    """
    onnx = _import_onnx()
    nodes: list[Any] = []
    constants: dict[str, Any] = {}
    tensor = _INPUT
    for index, layer in enumerate(network.for_inference().layers):
        weights = [f"{index}.{name}" for name in arrays_of(layer)]
        constants |= dict(zip(weights, arrays_of(layer).values(), strict=True))
        for name, value in _settings_as_arrays(layer).items():
            weights.append(f"{index}.{name}")
            constants[weights[-1]] = value
        for operator, given, attributes in _operators(layer, weights):
            output = f"{operator.lower()}.{len(nodes)}"
            nodes.append(onnx.helper.make_node(operator, [tensor, *given], [output], **attributes))
            tensor = output
    nodes[-1].output[0] = _OUTPUT
    graph = onnx.helper.make_graph(
        nodes,
        "handigits",
        [onnx.helper.make_tensor_value_info(_INPUT, onnx.TensorProto.FLOAT, ["batch", 1, 28, 28])],
        [onnx.helper.make_tensor_value_info(_OUTPUT, onnx.TensorProto.FLOAT, ["batch", 10])],
        [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opset = onnx.helper.make_opsetid("", _OPSET)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION, producer_name="handigits")
    content: bytes = model.SerializeToString()
    return content


def _settings_as_arrays(layer: Layer) -> dict[str, NDArray[Any]]:
    """What ONNX takes as a constant and a layer has as a number."""
    match layer:
        case Rescale(scale, offset):
            return {"scale": np.array(scale, np.float32), "offset": np.array(offset, np.float32)}
        case Crop((top, left, bottom, right)):
            size = 1 << 30  # beyond the end of every picture, which is where ONNX takes the end to be
            ends = [-bottom if bottom else size, -right if right else size]
            return {"starts": np.array([top, left]), "ends": np.array(ends), "axes": np.array([2, 3])}
        case _:
            return {}


def _operators(layer: Layer, weights: list[str]) -> list[tuple[str, list[str], dict[str, Any]]]:
    """(operator, constants, attributes) of each ONNX node that a layer becomes."""
    match layer:
        case Rescale():
            return [("Mul", weights[:1], {}), ("Add", weights[1:], {})]
        case Crop():
            return [("Slice", weights, {})]
        case Convolution(stride=stride, padding=padding, groups=groups):
            return [("Conv", weights, {"strides": [stride, stride], "pads": list(padding), "group": groups})]
        case BatchNorm(epsilon=epsilon):
            return [("BatchNormalization", weights, {"epsilon": epsilon})]
        case MaxPool(size):
            return [("MaxPool", [], {"kernel_shape": [size, size], "strides": [size, size]})]
        case Flatten():
            return [("Transpose", [], {"perm": _TO_CHANNELS_LAST}), ("Flatten", [], {})]
        case Dense():
            return [("Gemm", weights, {"transB": 1})]
        case Softmax():
            return [("Softmax", [], {"axis": 1})]
        case Relu():
            return [("Relu", [], {})]
        case Dropout():
            return []


def from_onnx(content: bytes) -> Network:
    """The network in an ONNX graph, for inference.

    Args:
        content: an artefact, which has been checked.

    Raises:
        ModelError: the graph is no chain of layers known here.
        MissingExtraError: the `onnx` package is not installed.
    """
    layers: list[Layer] = []
    shape: tuple[int, ...] = (1, 28, 28)
    flattened = None  # the shape that was flattened in ONNX's order, until the next weights are brought into ours
    is_channels_last = False
    for step in _steps(content):
        if step.operator == "Transpose" and step.attributes.get("perm") == _TO_CHANNELS_LAST:
            is_channels_last = True
            continue
        layer = _layer(step, shape)
        if isinstance(layer, Flatten) and not is_channels_last:
            flattened = shape
        if isinstance(layer, Dense) and flattened:
            layer, flattened = _reordered(layer, flattened), None
        shape = output_shape(shape, layer)
        layers.append(layer)
    return Network(tuple(layers)).for_inference()


def split_choice(content: bytes) -> tuple[bytes, int]:
    """A graph that ends by choosing one class, as a gate's does: the graph without that, and the number of the class.

    Raises:
        ModelError: it ends otherwise.
        MissingExtraError: the `onnx` package is not installed.
    """
    onnx = _import_onnx()
    model = onnx.load_model_from_string(content)
    *_, last = model.graph.node
    constants = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = onnx.numpy_helper.to_array(node.attribute[0].t)
    chosen = constants.get(last.input[-1])
    if last.op_type != "Gather" or chosen is None or chosen.size != 1:
        raise ModelError(f"its graph ends with {last.op_type}; expected a Gather of one class.")
    model.graph.node.remove(last)
    return model.SerializeToString(), int(chosen.item())


@dataclass(frozen=True)
class _Step:
    """One node of a chain: what it does to what came before, and with which constants."""

    operator: str
    attributes: dict[str, Any]
    given: list[NDArray[Any]]
    is_reversed: bool
    """The constant comes first, as in 1 - x."""


def _steps(content: bytes) -> Iterator[_Step]:
    onnx = _import_onnx()
    graph = onnx.load_model_from_string(content).graph
    constants = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    tensor = graph.input[0].name
    for node in graph.node:
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        if node.op_type == "Constant" and "value" in attributes:
            constants[node.output[0]] = onnx.numpy_helper.to_array(attributes["value"])
        elif node.op_type == "Identity" and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
        else:
            others = [name for name in node.input if name != tensor]
            if len(others) != len(node.input) - 1 or not constants.keys() >= set(others):
                raise ModelError(f"its graph has a {node.op_type} that is no plain layer; only chains are known here.")
            yield _Step(node.op_type, attributes, [constants[name] for name in others], node.input[0] != tensor)
            tensor = node.output[0]


def _layer(step: _Step, shape: tuple[int, ...]) -> Layer:
    """The layer that does what a node does, given the shape that comes to it."""
    match step.operator, step.given:
        case "Add" | "Sub" | "Mul" | "Div", [constant] if constant.size == 1:
            return _rescale(step, float(constant.item()))
        case "Conv", [weight, *bias] if _is_plain(step.attributes):
            stride = step.attributes.get("strides", [1, 1])[0]
            top, left, bottom, right = step.attributes.get("pads", [0] * 4)
            groups = step.attributes.get("group", 1)
            return Convolution(_floats(weight), _bias(bias, weight), stride, (top, left, bottom, right), groups)
        case "Slice", [starts, ends, axes, *steps] if len(shape) == 3 and not any((each != 1).any() for each in steps):
            return _crop(starts.tolist(), ends.tolist(), axes.tolist(), shape)
        case "Gemm", [weight, *bias] if _is_plain(step.attributes) and step.attributes.get("transB"):
            return Dense(_floats(weight), _bias(bias, weight))
        case "BatchNormalization", [scale, shift, mean, variance]:
            epsilon = float(step.attributes.get("epsilon", 1e-5))
            return BatchNorm(_floats(scale), _floats(shift), _floats(mean), _floats(variance), epsilon)
        case "MaxPool", [] if _is_plain(step.attributes) and not any(step.attributes.get("pads", [])):
            if step.attributes.get("strides") == step.attributes["kernel_shape"]:
                return MaxPool(step.attributes["kernel_shape"][0])
        case "Flatten", [] if step.attributes.get("axis", 1) == 1:
            return Flatten()
        case "Relu", []:
            return Relu()
        case "Softmax", [] if step.attributes.get("axis", -1) in (1, -1):
            return Softmax()
    raise ModelError(
        f"its graph has the operator {step.operator} with {step.attributes}, which is no layer known here; "
        "choose the format onnx or onnx-int8, which take every graph."
    )


def _rescale(step: _Step, constant: float) -> Rescale:
    match step.operator, step.is_reversed:
        case "Add", _:
            return Rescale(1.0, constant)
        case "Mul", _:
            return Rescale(constant, 0.0)
        case "Sub", False:
            return Rescale(1.0, -constant)
        case "Div", False if constant:
            return Rescale(1 / constant, 0.0)
    raise ModelError(f"its graph computes {step.operator} of {constant:g} and the picture, which is not known here.")


def _crop(starts: list[int], ends: list[int], axes: list[int], shape: tuple[int, ...]) -> Crop:
    """A slice of the rows, the columns or both; of other axes it would not fit what comes behind."""
    edges = [0, 0, 0, 0]
    for start, end, axis in zip(starts, ends, axes, strict=True):
        if axis not in (2, 3):
            raise ModelError(f"its graph has a Slice of axis {axis}; expected rows (2) or columns (3).")
        first, last, _ = slice(start, end).indices(shape[axis - 1])
        edges[axis - 2], edges[axis] = first, shape[axis - 1] - last
    top, left, bottom, right = edges
    return Crop((top, left, bottom, right))


def _is_plain(attributes: dict[str, Any]) -> bool:
    """No attribute asks for what the layers cannot do: other strides down than across, holes, rounding up."""
    one_of_each = all(len(set(attributes.get(name, [1]))) == 1 for name in ("strides", "kernel_shape"))
    usual = {"dilations": [1, 1], "ceil_mode": 0, "auto_pad": b"NOTSET", "storage_order": 0, "transA": 0}
    usual |= {"alpha": 1.0, "beta": 1.0}
    return one_of_each and all(attributes.get(name, value) == value for name, value in usual.items())


def _floats(array: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, np.float32)


def _bias(given: list[NDArray[Any]], weight: NDArray[Any]) -> NDArray[np.float32]:
    return _floats(given[0]) if given else np.zeros(len(weight), np.float32)


def _reordered(layer: Dense, shape: tuple[int, ...]) -> Dense:
    """The weights of a layer behind ONNX's own flattening, for ours."""
    weight = layer.weight.reshape(-1, *shape).transpose(0, 2, 3, 1).reshape(len(layer.weight), -1)
    return Dense(np.ascontiguousarray(weight), layer.bias)


def _import_onnx() -> Any:
    try:
        import onnx
    except ImportError as err:
        raise MissingExtraError("Turning one format into another needs onnx: pip install 'handigits[train]'.") from err
    return onnx
