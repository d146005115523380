import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from handigits.artifact import ArtifactMetadata, check_artifact, open_artifact, read_metadata
from handigits.artifact.onnx_file import content_digest
from handigits.artifact.reading import DIGEST_KEY, METADATA_KEY
from handigits.errors import MissingFileError, ModelError

Edit = Callable[[onnx.ModelProto], None]


def rewrite(path: Path, edit: Edit) -> None:
    """Change an artefact as somebody would who knows how to make the digest fit again."""
    model = onnx.load(path, load_external_data=False)
    edit(model)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    properties[DIGEST_KEY] = content_digest(model.SerializeToString())
    helper.set_model_props(model, properties)
    path.write_bytes(model.SerializeToString())


def point_outside(tensor: TensorProto, location: str) -> None:
    tensor.ClearField("raw_data")
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)


def test_sound_file_passes(artifact: Path, metadata: ArtifactMetadata) -> None:
    assert check_artifact(artifact) == metadata


def test_reading_needs_neither_torch_nor_onnx(artifact: Path) -> None:
    program = (
        "import sys; sys.modules['onnx'] = sys.modules['torch'] = None; from handigits.artifact import check_artifact;"
        "print(check_artifact(sys.argv[1]).recipe)"
    )
    done = subprocess.run([sys.executable, "-c", program, artifact], capture_output=True, text=True, check=True)
    assert done.stdout == "bars\n"


def test_onnxruntime_reports_nothing_to_its_makers(artifact: Path, tmp_path: Path) -> None:
    """Where it reports, it keeps a number of this machine in the user's cache, and what is still to be sent."""
    home = tmp_path / "home"
    home.mkdir()
    suppressed_by = {"CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY", "PYTEST_CURRENT_TEST"}
    environment = {name: value for name, value in os.environ.items() if name not in suppressed_by}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home)}
    code = f"from handigits.artifact import open_artifact; open_artifact({str(artifact)!r})"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert list(home.iterdir()) == []


def test_metadata_is_read_without_a_runtime(artifact: Path) -> None:
    program = (
        "import sys; sys.modules['onnxruntime'] = None; from handigits.artifact import read_metadata;"
        "print(read_metadata(sys.argv[1]).recipe)"
    )
    done = subprocess.run([sys.executable, "-c", program, artifact], capture_output=True, text=True, check=True)
    assert done.stdout == "bars\n"


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nothing\.onnx: no such file"):
        check_artifact(tmp_path / "nothing.onnx")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x80\x04\x95pickle", b"PK\x03\x04" + bytes(100), bytes(64), b"\xff" * 64]
)
def test_what_is_not_onnx_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.onnx: this is not an ONNX model"):
        check_artifact(path)


def test_cut_anywhere_is_refused(artifact: Path) -> None:
    content = artifact.read_bytes()
    for size in [*range(0, len(content), 4999), *range(len(content) - 300, len(content), 7)]:
        artifact.write_bytes(content[:size])
        with pytest.raises(ModelError):
            read_metadata(artifact)


def test_flipped_bit_is_refused(artifact: Path) -> None:
    content = bytearray(artifact.read_bytes())
    content[len(content) // 2] ^= 1
    artifact.write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        check_artifact(artifact)


def test_foreign_onnx_is_refused(artifact: Path) -> None:
    model = onnx.load(artifact)
    del model.metadata_props[:]
    onnx.save(model, artifact)
    with pytest.raises(ModelError, match="not written by handigits"):
        check_artifact(artifact)


def test_newer_schema_is_refused(artifact: Path, metadata: ArtifactMetadata) -> None:
    newer = json.dumps(json.loads(metadata.to_json()) | {"schema_version": 2})
    rewrite(artifact, lambda model: helper.set_model_props(model, {METADATA_KEY: newer}))
    with pytest.raises(ModelError, match="upgrade handigits"):
        check_artifact(artifact)


@pytest.mark.parametrize("size", [1, 32])
def test_other_input_shape_is_refused(artifact: Path, size: int) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = size
        model.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 784 // size if 784 % size == 0 else size

    rewrite(artifact, edit)
    with pytest.raises(ModelError):
        check_artifact(artifact)


def test_fixed_batch_is_refused(artifact: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        for value in (model.graph.input[0], model.graph.output[0]):
            value.type.tensor_type.shape.dim[0].dim_value = 3

    rewrite(artifact, edit)
    with pytest.raises(ModelError, match=r"its input is .*expected images"):
        check_artifact(artifact)


def test_second_output_is_refused(artifact: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.output.append(helper.make_tensor_value_info(model.graph.node[0].output[0], 1, None))

    rewrite(artifact, edit)
    with pytest.raises(ModelError, match=r"its output is .*expected probabilities"):
        check_artifact(artifact)


def test_logits_are_no_probabilities(artifact: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        softmax = model.graph.node[-1]
        softmax.op_type = "Identity"
        del softmax.attribute[:]

    rewrite(artifact, edit)
    with pytest.raises(ModelError, match="no probabilities"):
        check_artifact(artifact)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layout", ["raw", "list"])
def test_weights_that_are_not_finite_are_refused(artifact: Path, value: float, layout: str) -> None:
    def edit(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        values = numpy_helper.to_array(tensor).copy()
        values.flat[0] = value
        if layout == "raw":
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        else:
            tensor.CopyFrom(helper.make_tensor(tensor.name, TensorProto.FLOAT, values.shape, values.ravel()))

    rewrite(artifact, edit)
    with pytest.raises(ModelError, match="NaN, infinite"):
        check_artifact(artifact)


@pytest.mark.parametrize(
    "location", ["weights.bin", "../weights.bin", "sub/../../weights.bin", "link.bin", "/dev/zero"]
)
def test_weights_in_other_files_are_refused(
    artifact: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, location: str
) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(784 * 40))
    (tmp_path / "link.bin").symlink_to(tmp_path / "weights.bin")
    monkeypatch.chdir(tmp_path)
    rewrite(artifact, lambda model: point_outside(model.graph.initializer[0], location))
    with pytest.raises(ModelError, match="weights in other files"):
        check_artifact(artifact)


def test_weights_in_other_files_are_found_in_every_corner(artifact: Path) -> None:
    """A constant inside the branch of an `If`: as deep as a graph hides a tensor."""

    def edit(model: onnx.ModelProto) -> None:
        hidden = helper.make_tensor("hidden", TensorProto.FLOAT, [1], [1.0])
        point_outside(hidden, "../secret")
        constant = helper.make_node("Constant", [], ["answer"], value=hidden)
        branch = helper.make_graph([constant], "branch", [], [helper.make_tensor_value_info("answer", 1, [1])])
        model.graph.node.append(helper.make_node("If", ["condition"], ["out"], then_branch=branch, else_branch=branch))

    rewrite(artifact, edit)
    with pytest.raises(ModelError, match="weights in other files"):
        check_artifact(artifact)


def test_field_numbers_beyond_32_bits_hide_nothing(artifact: Path) -> None:
    """A runtime may drop the upper bits of a field's number and see another field than the check did."""
    disguised = (14 << 3 | 2) | 1 << 32  # reads as metadata when cut to 32 bits
    key = bytes((disguised >> shift) & 0x7F | (0x80 if shift < 28 else 0) for shift in range(0, 35, 7))
    artifact.write_bytes(artifact.read_bytes() + key + b"\x00")
    with pytest.raises(ModelError, match="not an ONNX model"):
        check_artifact(artifact)


def test_what_looks_like_onnxruntimes_own_format_is_read_as_what_was_checked(artifact: Path) -> None:
    """onnxruntime takes `ORTM` at byte 4 for its own format, unless it is told better."""
    model = onnx.load(artifact)
    prefix = b"\x12\x06__ORTM"  # a producer's name, and valid ONNX
    digest = content_digest(prefix + model.SerializeToString())
    properties = {entry.key: entry.value for entry in model.metadata_props}
    helper.set_model_props(model, properties | {DIGEST_KEY: digest})
    artifact.write_bytes(prefix + model.SerializeToString())
    assert check_artifact(artifact).recipe == "bars"


def test_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(10**10)
    with pytest.raises(ModelError, match="10,000 MB"):
        check_artifact(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="not a file"):
        check_artifact(tmp_path / "model.onnx")


def test_unknown_operator_is_one_line(artifact: Path) -> None:
    def edit(model: onnx.ModelProto) -> None:
        model.graph.node[-1].op_type = "Oracle"

    rewrite(artifact, edit)
    with pytest.raises(ModelError, match="onnxruntime cannot load it") as caught:
        check_artifact(artifact)
    assert "\n" not in str(caught.value)


def test_threads_are_passed_on(artifact: Path) -> None:
    session, _ = open_artifact(artifact, threads=1)
    assert session.get_session_options().intra_op_num_threads == 1
