import json

import pytest

from handigits.config import AugmentConfig, TrainConfig, from_json, to_json
from handigits.errors import ConfigError

VARIED = TrainConfig(
    dropout=(0.25, 0.5),
    optimizer="sgd",
    momentum=0.9,
    nesterov=True,
    patience=3,
    validation=100,
    time=1.5,
    augment=AugmentConfig(shift=2, rotate=10.0),
)


@pytest.mark.parametrize("config", [TrainConfig(), VARIED])
def test_a_config_survives_json(config: TrainConfig) -> None:
    assert from_json(TrainConfig, to_json(config)) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("lr", 0.0),
        ("lr", float("nan")),
        ("momentum", 1.0),
        ("label_smoothing", -0.1),
        ("warmup", 1.1),
        ("dropout", (1.0,)),
        ("betas", (0.9, 1.0)),
        ("weight_decay", -1.0),
        ("validation", -1),
        ("seed", -1),
        ("time", 0.0),
        ("threads", 0),
        ("ema", 1.0),
        ("checkpoint_seconds", -1.0),
        ("synthetic", -0.1),
        ("widened", -0.1),
    ],
)
def test_a_setting_out_of_range_is_named(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=field):
        TrainConfig(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "field",
    [
        "shift",
        "rotate",
        "scale",
        "shear",
        "stretch",
        "elastic",
        "thickness",
        "litter",
        "fade",
        "gaps",
        "erase",
        "pixelate",
        "coarse",
        "blur",
    ],
)
def test_an_augmentation_out_of_range_is_named(field: str) -> None:
    with pytest.raises(ConfigError, match=field):
        AugmentConfig(**{field: -1.0})


def test_a_seed_that_no_generator_takes_is_refused() -> None:
    assert TrainConfig(seed=2**63 - 1).seed == 2**63 - 1
    with pytest.raises(ConfigError, match="seed is 9223372036854775808"):
        TrainConfig(seed=2**63)


def test_patience_without_held_out_images_is_refused() -> None:
    with pytest.raises(ConfigError, match="--validation"):
        TrainConfig(patience=2)


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(ConfigError, match="--momentum"):
        TrainConfig(nesterov=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epoch": 3}, "no field epoch"),
        ({"epochs": "three"}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"optimizer": "lion"}, "optimizer"),
        ({"augment": 3}, "AugmentConfig"),
        ({"dropout": ["a"]}, "dropout is 'a'"),
        ({"dropout": 0.5}, "dropout"),
        ({"betas": [0.9]}, "betas is .*a list of 2 numbers"),
    ],
)
def test_json_that_does_not_fit_is_refused(changes: dict[str, object], message: str) -> None:
    text = json.dumps(json.loads(to_json(TrainConfig())) | changes)
    with pytest.raises(ConfigError, match=message):
        from_json(TrainConfig, text)


def test_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(ConfigError, match="not JSON"):
        from_json(TrainConfig, "epochs: 3")
