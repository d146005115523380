import json

import pytest

from handigits.artifact import SCHEMA_VERSION, ArtifactMetadata
from handigits.errors import ModelError


def test_json_brings_back_every_field(metadata: ArtifactMetadata) -> None:
    assert ArtifactMetadata.from_json(metadata.to_json()) == metadata


def test_time_is_utc(metadata: ArtifactMetadata) -> None:
    assert metadata.created.endswith("+00:00")


def test_fields_of_the_future_are_left_out(metadata: ArtifactMetadata) -> None:
    values = json.loads(metadata.to_json()) | {"mood": "good"}
    assert ArtifactMetadata.from_json(json.dumps(values)) == metadata


def test_models_from_before_a_field_are_read(metadata: ArtifactMetadata) -> None:
    values = json.loads(metadata.to_json())
    del values["held_out"], values["mistakes"]
    assert ArtifactMetadata.from_json(json.dumps(values)).mistakes == ()


def test_newer_schema_asks_to_upgrade(metadata: ArtifactMetadata) -> None:
    values = json.loads(metadata.to_json()) | {"schema_version": SCHEMA_VERSION + 1}
    with pytest.raises(ModelError, match=r"version 2.*upgrade handigits"):
        ArtifactMetadata.from_json(json.dumps(values))


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", "one"), ("seed", True), ("seed", None), ("classes", "0123456789"), ("metrics", []), ("recipe", 5)],
)
def test_field_of_another_type_is_named(metadata: ArtifactMetadata, field: str, value: object) -> None:
    values = json.loads(metadata.to_json()) | {field: value}
    with pytest.raises(ModelError, match=f"{field}="):
        ArtifactMetadata.from_json(json.dumps(values))


def test_other_classes_than_digits_are_refused(metadata: ArtifactMetadata) -> None:
    values = json.loads(metadata.to_json()) | {"classes": ["a", "b"]}
    with pytest.raises(ModelError, match="digits 0 to 9"):
        ArtifactMetadata.from_json(json.dumps(values))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="JSON"):
        ArtifactMetadata.from_json(text)


def test_a_loss_that_is_nan_is_not_written() -> None:
    about = ArtifactMetadata(
        recipe="x",
        seed=0,
        data="x",
        parameters=1,
        macs=1,
        training_seconds=1.0,
        metrics={"test": {"loss": float("nan")}},
    )
    with pytest.raises(ModelError, match="finite"):
        about.to_json()
