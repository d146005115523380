"""A network as it was trained, read from a run directory: with its dropout and batch norm, unlike the artefact's graph.

Deliberately absent: architectures that are no chain; `models` has none.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.errors import MissingExtraError, ModelError
from handigits.models import as_chain, build_model
from handigits.models.layers import Crop, FlattenChannelsLast, Normalize, PoolReLU
from handigits.models.layers import Dropout as CheapDropout
from handigits.network.layers import (
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Network,
    Relu,
    Rescale,
    Softmax,
)
from handigits.network.layers import Crop as CropLayer
from handigits.run import Run

__all__ = ["model_of_run", "network_of_model", "network_of_run"]


def network_of_run(run: Run) -> Network:
    """The layers of the network that a run trained; raises as `model_of_run`."""
    return network_of_model(model_of_run(run))


def model_of_run(run: Run) -> nn.Sequential:
    """The network that a run trained, from `config.json` and `weights.safetensors`.

    Raises:
        RunError: this is no run.
        ConfigError: its architecture is none of those there are.
        ModelError: the weights are damaged, or do not belong to the architecture.
        MissingExtraError: the `safetensors` package is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as err:
        raise MissingExtraError("Reading the weights needs safetensors: pip install 'handigits[train]'.") from err
    config = run.plan.train
    with torch.random.fork_rng(devices=[]):  # fresh weights are drawn, and thrown away
        model = as_chain(build_model(config.architecture, dropout=config.dropout, normalize=config.normalize))
    try:
        model.load_state_dict(load_file(run.weights))
    except (SafetensorError, RuntimeError, OSError) as err:
        reason = str(err).splitlines()[0]
        raise ModelError(f"{run.weights}: not the weights of {config.architecture} ({reason}).") from err
    assert isinstance(model, nn.Sequential)  # all that `build_model` makes are chains, or become chains
    return model.eval()


def network_of_model(model: nn.Module) -> Network:
    """The layers of a torch model that `build_model` made, with softmax behind them.

    Raises:
        ModelError: it has a module that is not known here.
    """
    layers = [layer for module in as_chain(model).children() for layer in _layers(module)]
    return Network((*layers, Softmax()))


def _layers(module: nn.Module) -> list[Layer]:
    match module:
        case Normalize():
            return [Rescale(1 / module.std.item(), -module.mean.item() / module.std.item())]
        case Crop():
            return [CropLayer((module.edge,) * 4)]
        case nn.Conv2d():
            return [_convolution(module)]
        case nn.BatchNorm2d():
            scale, shift = _floats(module.weight), _floats(module.bias)
            return [BatchNorm(scale, shift, _floats(module.running_mean), _floats(module.running_var), module.eps)]
        case nn.Linear():
            return [Dense(_floats(module.weight), _bias(module))]
        case PoolReLU():
            return [MaxPool(2), Relu()]
        case nn.MaxPool2d(kernel_size=int(size)) if module.stride == size and not module.padding:
            return [MaxPool(size)]
        case CheapDropout():
            return [Dropout(module.threshold / 256)]
        case FlattenChannelsLast():
            return [Flatten()]
        case nn.ReLU():
            return [Relu()]
    raise ModelError(f"the model has the module {module}, which no other format is known for; export it as onnx.")


def _convolution(module: nn.Conv2d) -> Convolution:
    down, right = module.padding if isinstance(module.padding, tuple) else (None, None)
    if down is None or right is None or module.stride[0] != module.stride[1]:
        raise ModelError(f"the model has the module {module}, which is no plain convolution; export it as onnx.")
    padding = (down, right, down, right)
    return Convolution(_floats(module.weight), _bias(module), module.stride[0], padding, module.groups)


def _bias(module: nn.Conv2d | nn.Linear) -> NDArray[np.float32]:
    return np.zeros(len(module.weight), np.float32) if module.bias is None else _floats(module.bias)


def _floats(tensor: Any) -> NDArray[np.float32]:
    return np.ascontiguousarray(tensor.detach().cpu().float().numpy())
