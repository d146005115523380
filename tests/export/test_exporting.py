import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from handigits.artifact import ArtifactMetadata
from handigits.artifact.golden import GOLDEN_COUNT
from handigits.artifact.reading import read_golden
from handigits.artifact.writing import write_artifact
from handigits.data import Split
from handigits.data.npz import write_npz
from handigits.errors import ConfigError, MissingExtraError, MissingFileError, ModelError
from handigits.export import Format, export_model, exporting
from handigits.network.layers import Dense, Network
from handigits.network.onnx_graph import from_onnx, to_onnx
from handigits.network.opening import model_file, read_model
from handigits.recognizer import Recognizer
from handigits.run import Run

NAMES = {
    "onnx": "model.onnx",
    "onnx-int8": "int8.onnx",
    "keras": "keras",
    "torch-export": "model.pt2",
    "safetensors": "model.safetensors",
    "html": "pad.html",
}
EXACT = [name for name in NAMES if name not in ("onnx-int8", "html")]

pytestmark = pytest.mark.filterwarnings("ignore:.*__array__:DeprecationWarning")  # Keras's, about numpy


@pytest.fixture(scope="module")
def model(
    tmp_path_factory: pytest.TempPathFactory,
    trained: Callable[[str], nn.Module],
    real_images: NDArray[np.uint8],
) -> Path:
    """An artefact of a small network with batch norm."""
    path = tmp_path_factory.mktemp("source") / "model.onnx"
    metadata = ArtifactMetadata(
        recipe="flash",
        seed=0,
        data="mnist",
        parameters=1,
        macs=1,
        training_seconds=1.0,
        metrics={"test": {"loss": 0.1}},
    )
    write_artifact(trained("flash"), path, metadata, real_images)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, real_images: NDArray[np.uint8]) -> Path:
    """Real images with labels that are not theirs, which matter to nothing here but the count of what is lost."""
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    write_npz(path, {"train": Split(real_images[:300], np.arange(300) % 10, "real")})
    return path


def test_every_format_is_tested_here() -> None:
    assert {*NAMES, "space"} == set(get_args(Format))  # whose tests are in test_space.py


@pytest.mark.parametrize("name", EXACT)
def test_every_format_is_read_and_answers_as_the_model(
    tmp_path: Path, model: Path, data: Path, real_images: NDArray[np.uint8], name: Format
) -> None:
    out = tmp_path / NAMES[name]
    exported = export_model(model, format=name, out=out, data=data)
    found = Recognizer.load(out)
    expected = Recognizer.load(model)
    assert np.abs(found.probabilities(real_images) - expected.probabilities(real_images)).max() < 1e-4
    assert found.metadata == expected.metadata
    assert (exported.count, exported.changed) == (300, 0)
    assert exported.max_difference < 1e-4
    assert all(path.is_file() for path in exported.files)


def test_a_page_says_how_well_it_agrees(tmp_path: Path, model: Path, data: Path) -> None:
    exported = export_model(model, format="html", out=tmp_path / "pad.html", data=data)
    assert (exported.count, exported.changed) == (300, 0)
    assert exported.max_difference < 1e-4


@pytest.mark.parametrize("name", EXACT)
def test_every_format_carries_golden_examples(tmp_path: Path, model: Path, data: Path, name: Format) -> None:
    out = tmp_path / NAMES[name]
    export_model(model, format=name, out=out, data=data)
    golden = read_golden(out.read_bytes()) if name == "onnx" else read_model(model_file(out)).golden
    assert golden is not None
    assert len(golden.images) == GOLDEN_COUNT


@pytest.mark.parametrize("name", ["onnx", "onnx-int8"])
def test_images_that_are_sorted_by_digit_are_compared_on_all_digits(
    tmp_path: Path, model: Path, digits: Split, monkeypatch: pytest.MonkeyPatch, name: Format
) -> None:
    monkeypatch.setattr(exporting, "_IMAGES", 40)
    by_digit = digits.subset(np.argsort(digits.labels))
    write_npz(tmp_path / "sorted.npz", {"train": by_digit})
    export_model(model, format=name, out=tmp_path / "model.onnx", data=tmp_path / "sorted.npz")
    golden = read_golden((tmp_path / "model.onnx").read_bytes())
    assert golden is not None
    found = {int(by_digit.labels[(by_digit.images == image).all(axis=(1, 2))][0]) for image in golden.images}
    assert not found <= {0, 1}  # which the first 40 are


def test_eight_bits_read_the_same_digits(
    tmp_path: Path, model: Path, data: Path, real_images: NDArray[np.uint8]
) -> None:
    out = tmp_path / "int8.onnx"
    exported = export_model(model, format="onnx-int8", out=out, data=data)
    found, expected = (Recognizer.load(path).probabilities(real_images).argmax(axis=1) for path in (out, model))
    assert (found == expected).mean() > 0.9  # of a network that is sure of nothing yet
    assert exported.count == 300


def test_eight_bits_do_not_claim_what_was_measured_before(tmp_path: Path, model: Path, data: Path) -> None:
    export_model(model, format="onnx-int8", out=tmp_path / "int8.onnx", data=data)
    metadata = Recognizer.load(tmp_path / "int8.onnx").metadata
    assert (metadata.recipe, metadata.metrics) == ("flash in int8", {})


def test_the_shipped_model_in_eight_bits_is_under_a_third_and_loses_nothing_to_speak_of(tmp_path: Path) -> None:
    exported = export_model(format="onnx-int8", out=tmp_path / "int8.onnx", offline=True)
    export_model(format="onnx", out=tmp_path / "float.onnx", offline=True)
    assert exported.changed <= 0.001 * exported.count
    assert (tmp_path / "int8.onnx").stat().st_size < 0.3 * (tmp_path / "float.onnx").stat().st_size


def test_a_run_is_exported_as_it_was_trained_and_compared_on_its_own_data(
    tmp_path: Path, trained: Callable[[str], nn.Module], real_images: NDArray[np.uint8], data: Path
) -> None:
    from safetensors.torch import save_file

    from handigits.recipes import RECIPES
    from handigits.run import Plan, create_run

    run = create_run(tmp_path / "run")
    run.write_plan(Plan(recipe="flash", data=str(data), data_digest="", train=RECIPES["flash"].config))
    network = trained("flash")
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, run.weights)
    metadata = ArtifactMetadata(
        recipe="flash", seed=0, data="digits", parameters=1, macs=1, training_seconds=1.0, metrics={}
    )
    write_artifact(network, run.model, metadata, real_images)
    exported = export_model(run.directory, format="keras", out=tmp_path / "keras")
    assert (exported.data, exported.count) == (f"{data}/train", 300)
    assert "BatchNormalization" in (tmp_path / "keras/model.json").read_text(encoding="utf-8")


def test_a_keras_model_becomes_an_artefact(tmp_path: Path, model: Path, data: Path) -> None:
    export_model(model, format="keras", out=tmp_path / "keras", data=data)
    export_model(tmp_path / "keras/model.keras", format="onnx", out=tmp_path / "again.onnx", data=data)
    assert Recognizer.load(tmp_path / "again.onnx").metadata.recipe == "flash"


def test_what_answers_otherwise_is_not_handed_over(
    tmp_path: Path, model: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(content: bytes) -> Network:
        *layers, dense, softmax = from_onnx(content).layers
        assert isinstance(dense, Dense)
        return Network((*layers, Dense(dense.weight, dense.bias + np.float32([0.3] + 9 * [0])), softmax))

    monkeypatch.setattr(exporting, "from_onnx", spoilt)
    with pytest.raises(ModelError, match=r"model\.safetensors was not written: .*otherwise"):
        export_model(model, format="safetensors", out=tmp_path / "model.safetensors", data=data)
    assert list(tmp_path.iterdir()) == []


def test_a_runtime_that_answers_otherwise_is_found_out(
    tmp_path: Path, model: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handigits.export import torch_archive

    answers = torch_archive.answers_of_torch_archive
    monkeypatch.setattr(torch_archive, "answers_of_torch_archive", lambda *given: answers(*given) + 2e-4)
    with pytest.raises(ModelError, match=r"as torch-export, it differs from the model by 2\.0e-04"):
        export_model(model, format="torch-export", out=tmp_path / "model.pt2", data=data)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_a_runtime_that_answers_nothing_is_found_out(
    tmp_path: Path, model: Path, data: Path, monkeypatch: pytest.MonkeyPatch, order: slice
) -> None:
    from handigits.export import keras

    def half_dead(directory: Path, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        alive = Recognizer.load(directory).probabilities(images)
        return [alive, alive * np.float32("nan")][order]

    monkeypatch.setattr(keras, "answers_of_keras", half_dead)
    with pytest.raises(ModelError, match="differs from the model by nan"):
        export_model(model, format="keras", out=tmp_path / "keras", data=data)


def test_eight_bits_that_lose_too_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from handigits.export import quantize

    def blind(content: bytes, _: Any) -> bytes:
        *layers, dense, softmax = from_onnx(content).layers
        assert isinstance(dense, Dense)
        return to_onnx(Network((*layers, Dense(dense.weight * 0, dense.bias), softmax)))

    monkeypatch.setattr(quantize, "quantize", blind)
    with pytest.raises(ModelError, match=r"misreads [\d,]+ more of [\d,]+ training images"):
        export_model(format="onnx-int8", out=tmp_path / "int8.onnx", offline=True)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_is_no_chain_can_still_be_onnx(
    tmp_path: Path, data: Path, metadata: ArtifactMetadata, real_images: NDArray[np.uint8]
) -> None:
    class Residual(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + x.flip(3)

    path = tmp_path / "model.onnx"
    write_artifact(nn.Sequential(Residual(), nn.Flatten(), nn.Linear(784, 10)), path, metadata, real_images)
    export_model(path, format="onnx", out=tmp_path / "again.onnx", data=data)
    with pytest.raises(ModelError, match="onnx"):
        export_model(path, format="safetensors", out=tmp_path / "model.safetensors", data=data)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_there_is_not_replaced(tmp_path: Path, model: Path, data: Path, name: Format) -> None:
    out = tmp_path / NAMES[name]
    if name == "keras":
        out.mkdir()
    (out / "notes.txt" if name == "keras" else out).write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="exists already"):
        export_model(model, format=name, out=out, data=data)
    assert (out / "notes.txt" if name == "keras" else out).read_text(encoding="utf-8") == "mine"


def test_by_force_it_is_and_what_else_is_in_the_directory_stays(tmp_path: Path, model: Path, data: Path) -> None:
    out = tmp_path / "keras"
    out.mkdir()
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    (out / "model.json").write_text("old", encoding="utf-8")
    export_model(model, format="keras", out=out, data=data, force=True)
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert json.loads((out / "model.json").read_text(encoding="utf-8"))["class_name"] == "Sequential"


def test_folders_on_the_way_are_made(tmp_path: Path, model: Path, data: Path) -> None:
    export_model(model, format="onnx", out=tmp_path / "a/b/model.onnx", data=data)
    assert (tmp_path / "a/b/model.onnx").is_file()


@pytest.mark.parametrize(
    ("name", "out"),
    [("onnx", "model.pt2"), ("torch-export", "model.pt"), ("safetensors", "model"), ("onnx-int8", "m.ort")],
)
def test_a_name_that_no_reader_would_know_is_refused(tmp_path: Path, model: Path, name: Format, out: str) -> None:
    with pytest.raises(ConfigError, match="expected a file that ends in"):
        export_model(model, format=name, out=tmp_path / out)


def test_a_file_where_a_directory_is_needed_is_refused(tmp_path: Path, model: Path) -> None:
    (tmp_path / "keras").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="expected a directory"):
        export_model(model, format="keras", out=tmp_path / "keras", force=True)


def test_a_directory_is_not_replaced_by_a_file(tmp_path: Path, model: Path) -> None:
    (tmp_path / "model.onnx").mkdir()
    (tmp_path / "model.onnx/notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="exists already"):
        export_model(model, format="onnx", out=tmp_path / "model.onnx", force=True)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nothing\.onnx"):
        export_model(tmp_path / "nothing.onnx", format="onnx", out=tmp_path / "model.onnx")


def test_a_damaged_model_is_refused(tmp_path: Path, model: Path) -> None:
    (tmp_path / "cut.onnx").write_bytes(model.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"cut\.onnx"):
        export_model(tmp_path / "cut.onnx", format="onnx", out=tmp_path / "model.onnx")


def test_without_onnx_it_is_said_what_brings_it(
    tmp_path: Path, model: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match="handigits"):
        export_model(model, format="safetensors", out=tmp_path / "model.safetensors", data=data)


def test_torch_is_not_needed_for_a_format_of_another_tool(
    tmp_path: Path, finished_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for module in ("handigits.artifact.writing", "handigits.export.trained", "handigits.export.torch_archive"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    export_model(finished_run.directory, format="onnx", out=tmp_path / "model.onnx")
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[train\]'"):
        export_model(finished_run.directory, format="torch-export", out=tmp_path / "model.pt2")
    with pytest.raises(MissingExtraError, match=r"pip install 'handigits\[train\]'"):
        export_model(finished_run.directory, format="keras", out=tmp_path / "keras")


def test_eight_bits_are_in_a_form_that_every_runtime_reads(tmp_path: Path, model: Path, data: Path) -> None:
    export_model(model, format="onnx-int8", out=tmp_path / "int8.onnx", data=data)
    found = onnx.load(tmp_path / "int8.onnx")
    assert [each.domain for each in found.opset_import] == [""]
    kinds = {node.op_type for node in found.graph.node}
    assert {"QuantizeLinear", "DequantizeLinear", "Conv", "Gemm", "Softmax"} <= kinds
    assert found.graph.node[-1].op_type == "Softmax"  # in float
