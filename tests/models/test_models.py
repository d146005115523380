import pytest
import torch
from torch import nn

from handigits.errors import ConfigError
from handigits.models import ARCHITECTURES, build_model, measure_cost
from handigits.models.layers import Dropout, FlattenChannelsLast, Normalize, PoolReLU
from handigits.models.narrow import NarrowConv2d
from handigits.recipes import RECIPES


def recipe_model(name: str) -> nn.Module:
    config = RECIPES[name].config
    torch.manual_seed(0)
    return build_model(config.architecture, dropout=config.dropout, normalize=config.normalize)


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("batch", [1, 3])
def test_a_network_gives_ten_logits_for_each_image(name: str, batch: int) -> None:
    assert recipe_model(name).eval()(torch.rand(batch, 1, 28, 28)).shape == (batch, 10)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sgd-2conv", 320 + 18_496 + 9_216 * 128 + 128 + 1_290),
        ("kaggle-4conv", 320 + 9_248 + 18_496 + 36_928 + 1_024 * 256 + 256 + 2_570),
        ("lenet-1024", 832 + 51_264 + 3_136 * 1_024 + 1_024 + 10_250),
        ("compact-5fc", 50 + 243 + 108 * 1_000 + 1_000 + 500_500 + 125_250 + 31_375 + 1_260),
    ],
)
def test_the_reports_networks_have_the_parameters_of_their_layers(name: str, parameters: int) -> None:
    assert measure_cost(recipe_model(name)).parameters == parameters


def test_an_unknown_architecture_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="two-conv"):
        build_model("three-conv")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_another_number_of_dropout_rates_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="dropout"):
        build_model(name, dropout=(0.1,) * 7)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_no_dropout_rates_are_no_dropout(name: str) -> None:
    model = build_model(name)
    assert not any(layer.threshold for layer in model.modules() if isinstance(layer, Dropout))


def test_normalizing_takes_out_the_mean_and_the_scale() -> None:
    images = 0.1307 + 0.3081 * torch.randn(10_000, 1, 2, 2)
    normalized = Normalize()(images)
    assert abs(normalized.mean()) < 0.02
    assert abs(normalized.std() - 1) < 0.02


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_normalizing_in_the_network_answers_as_normalizing_before_it(name: str) -> None:
    torch.manual_seed(0)
    plain = build_model(name, normalize=False).eval()
    torch.manual_seed(0)
    normalizing = build_model(name).eval()
    images = torch.rand(4, 1, 28, 28)
    torch.testing.assert_close(normalizing(images), plain(Normalize()(images)))


@pytest.mark.parametrize("order", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize(("channels_in", "channels", "size", "edge"), [(64, 128, 3, 4), (3, 5, 3, 7), (1, 2, 4, 4)])
def test_a_narrow_convolution_is_a_convolution(
    order: torch.memory_format, channels_in: int, channels: int, size: int, edge: int
) -> None:
    layer = NarrowConv2d(channels_in, channels, size).double().to(memory_format=order)  # type: ignore[call-overload]
    x = torch.randn(3, channels_in, edge, edge, dtype=torch.float64).to(memory_format=order).requires_grad_()
    plain = nn.functional.conv2d(x, layer.weight)
    gradient = torch.randn_like(plain)
    expected = torch.autograd.grad(plain, [x, layer.weight], gradient)
    y = layer(x)
    assert (
        y.grad_fn is not None and y.grad_fn.name() == "_ProductBackward"
    )  # not the plain one, which would agree anyway
    torch.testing.assert_close(y, plain)
    torch.testing.assert_close(torch.autograd.grad(y, [x, layer.weight], gradient), expected)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (1, 1)])
def test_a_narrow_convolution_in_bf16_is_a_convolution(stride: int, padding: int) -> None:
    layer = NarrowConv2d(8, 16, 3, stride=stride, padding=padding).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.randn(4, 8, 6, 6).to(memory_format=torch.channels_last).requires_grad_()
    plain = nn.functional.conv2d(x, layer.weight, None, stride, padding)
    gradient = torch.randn_like(plain)
    expected = torch.autograd.grad(plain, [x, layer.weight], gradient)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = layer(x)
    assert y.grad_fn is not None and y.grad_fn.name() == "_FilterProductBackward"
    assert y.dtype == torch.bfloat16
    found = torch.autograd.grad(y, [x, layer.weight], gradient.to(torch.bfloat16))
    for ours, theirs in zip((y, *found), (plain, *expected), strict=True):
        assert (ours.float() - theirs).norm() < 0.01 * theirs.norm()  # bf16 has eight bits


@pytest.mark.parametrize(("stride", "padding"), [(2, 0), (1, 1)])
def test_a_narrow_convolution_that_strides_or_pads_is_plain_in_fp32(stride: int, padding: int) -> None:
    layer = NarrowConv2d(2, 3, 3, stride=stride, padding=padding)
    x = torch.randn(2, 2, 6, 6)
    assert torch.equal(layer(x), nn.functional.conv2d(x, layer.weight, None, stride, padding))


def test_a_narrow_convolution_is_plain_where_nothing_is_learnt() -> None:
    y = NarrowConv2d(2, 3, 3).eval()(torch.rand(1, 2, 4, 4))
    assert y.grad_fn is not None and "Convolution" in y.grad_fn.name()


def test_pooling_before_relu_equals_relu_before_pooling() -> None:
    x = torch.randn(4, 3, 7, 7, requires_grad=True)
    weights = torch.randn(4, 3, 3, 3)
    results = [PoolReLU()(x), nn.functional.max_pool2d(nn.functional.relu(x), 2)]
    gradients = [torch.autograd.grad((result * weights).sum(), x)[0] for result in results]
    assert torch.equal(*results)
    assert torch.equal(*gradients)


def test_flattening_keeps_the_order_of_channels_last_memory() -> None:
    x = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    flat = FlattenChannelsLast()(x)
    assert flat.data_ptr() == x.data_ptr()
    assert torch.equal(flat[1].view(4, 5, 3), x[1].permute(1, 2, 0))


@pytest.mark.parametrize("rate", [0.25, 0.5])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_dropout_drops_its_share_and_keeps_the_mean(rate: float, order: torch.memory_format) -> None:
    torch.manual_seed(0)
    ones = torch.ones(50, 8, 13, 13).to(memory_format=order)
    dropped = Dropout(rate)(ones)
    assert abs((dropped == 0).float().mean() - rate) < 0.01
    assert abs(dropped.mean() - 1) < 0.02
    assert torch.allclose(dropped[dropped != 0], torch.tensor(1 / (1 - rate)))


def test_dropout_does_nothing_when_evaluating() -> None:
    x = torch.randn(3, 5)
    assert Dropout(0.5).eval()(x) is x


def test_dropout_passes_no_gradient_where_it_dropped() -> None:
    torch.manual_seed(0)
    x = torch.ones(100, requires_grad=True)
    dropped = Dropout(0.5)(x)
    dropped.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, dropped)


def test_weights_start_as_kerass() -> None:
    torch.manual_seed(0)
    hidden = recipe_model("lenet-1024")[5]
    assert isinstance(hidden, nn.Linear)
    bound = (6 / (3_136 + 1_024)) ** 0.5
    assert not hidden.bias.any()
    assert 0.99 * bound < hidden.weight.abs().max() <= bound
