import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handigits.errors import ModelError
from handigits.network.description import describe, named_arrays, rebuild
from handigits.network.layers import Network


def test_a_network_survives(every_layer: Network) -> None:
    again = rebuild(describe(every_layer), named_arrays(every_layer))
    assert describe(again) == describe(every_layer)
    assert all(np.array_equal(array, named_arrays(again)[name]) for name, array in named_arrays(every_layer).items())


def test_it_is_readable(every_layer: Network) -> None:
    third = json.loads(describe(every_layer))[2]
    assert third == {"layer": "Convolution", "stride": 2, "padding": [1, 0, 2, 1], "groups": 1}
    assert "2.weight" in named_arrays(every_layer)


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: {},
        lambda entries: 7,
        lambda entries: ["Relu"],
        lambda entries: [],
        lambda entries: entries * 50,
        lambda entries: [{"layer": "Lambda"}, *entries],
        lambda entries: [{"layer": "__import__"}, *entries],
        lambda entries: [{"layer": ["Relu"]}, *entries],
        lambda entries: [{}, *entries],
        lambda entries: [{"layer": "Rescale", "scale": "3", "offset": 0.0}, *entries[1:]],
        lambda entries: [{"layer": "Rescale", "scale": 3.0}, *entries[1:]],
        lambda entries: [{"layer": "Rescale", "scale": True, "offset": 0.0}, *entries[1:]],
        lambda entries: [entries[0], {"layer": "Crop", "edges": [1, 2, 3]}, *entries[2:]],
        lambda entries: [entries[0], {"layer": "Crop", "edges": [1, 2, 3, 0.5]}, *entries[2:]],
        lambda entries: [{"layer": "Relu"}, *entries],  # now every array has another layer's name
    ],
)
def test_what_is_no_description_is_refused(every_layer: Network, change: Callable[[list[Any]], Any]) -> None:
    text = json.dumps(change(json.loads(describe(every_layer))))
    with pytest.raises(ModelError):
        rebuild(text, named_arrays(every_layer))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="not JSON"):
        rebuild(text, {})


def test_a_missing_array_is_named(every_layer: Network) -> None:
    arrays = named_arrays(every_layer)
    del arrays["2.bias"]
    with pytest.raises(ModelError, match=r"2\.bias is missing"):
        rebuild(describe(every_layer), arrays)


def test_an_array_of_another_type_is_refused(every_layer: Network) -> None:
    arrays: dict[str, Any] = dict(named_arrays(every_layer))
    arrays["2.bias"] = arrays["2.bias"].astype(object)
    with pytest.raises(ModelError, match="not float32"):
        rebuild(describe(every_layer), arrays)
