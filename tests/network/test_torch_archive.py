import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handigits.artifact.golden import GOLDEN_KEY
from handigits.errors import ModelError
from handigits.network import open_model
from handigits.recognizer import Recognizer

Members = dict[str, bytes]
CONFIG = "model/data/weights/model_weights_config.json"


def rewrite(path: Path, change: Callable[[Members], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    path.write_bytes(content.getvalue())


def test_it_says_where_it_comes_from(torch_archive: Path) -> None:
    assert Recognizer.load(torch_archive).metadata.recipe == "bars"


def test_it_is_read_without_torch(torch_archive: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None; from handigits.recognizer import Recognizer;"
        "print(Recognizer.load(sys.argv[1]).metadata.recipe)"
    )
    done = subprocess.run([sys.executable, "-c", program, torch_archive], capture_output=True, text=True, check=True)
    assert done.stdout == "bars\n"


def test_nothing_in_it_is_unpickled(torch_archive: Path, tmp_path: Path) -> None:
    """The inputs it was traced with are a pickle, which torch would read; here it may hold anything."""
    poison = b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR."

    def change(members: Members) -> None:
        inputs = next(name for name in members if "sample_inputs" in name)
        members[inputs] = poison

    rewrite(torch_archive, change)
    assert Recognizer.load(torch_archive).metadata.recipe == "bars"
    assert not (tmp_path / "ran").exists()


def test_an_archive_of_others_is_refused(torch_archive: Path) -> None:
    rewrite(torch_archive, lambda members: [members.pop(name) for name in list(members) if "/extra/" in name] and None)
    with pytest.raises(ModelError, match="not written by handigits"):
        open_model(torch_archive)


def test_other_weights_are_found_out(torch_archive: Path) -> None:
    def change(members: Members) -> None:
        path = json.loads(members[CONFIG])["config"]["2.weight"]["path_name"]
        weights = np.frombuffer(members[f"model/data/weights/{path}"], np.float32) * np.float32(1.1)
        members[f"model/data/weights/{path}"] = weights.tobytes()

    rewrite(torch_archive, change)
    with pytest.raises(ModelError, match="damaged or were changed"):
        open_model(torch_archive)


def test_weights_that_are_cut_short_are_refused(torch_archive: Path) -> None:
    def change(members: Members) -> None:
        members["model/data/weights/weight_0"] = members["model/data/weights/weight_0"][:-4]

    rewrite(torch_archive, change)
    with pytest.raises(ModelError, match="weights are damaged"):
        open_model(torch_archive)


@pytest.mark.parametrize(
    "config", [b"", b"{}", b"[]", b'{"config": []}', b'{"config": {"2.weight": 7}}', b'{"config": {"2.weight": {}}}']
)
def test_a_damaged_list_of_weights_is_refused(torch_archive: Path, config: bytes) -> None:
    rewrite(torch_archive, lambda members: members.update({CONFIG: config}))
    with pytest.raises(ModelError, match="weights are damaged"):
        open_model(torch_archive)


def test_weights_are_not_looked_for_outside_the_archive(torch_archive: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(4 * 15 * 4))

    def change(members: Members) -> None:
        config = json.loads(members[CONFIG])
        config["config"]["2.weight"]["path_name"] = str(tmp_path / "secret")
        members[CONFIG] = json.dumps(config).encode()

    rewrite(torch_archive, change)
    with pytest.raises(ModelError, match="weights are damaged"):
        open_model(torch_archive)


def test_missing_golden_examples_are_no_hindrance(torch_archive: Path) -> None:
    rewrite(torch_archive, lambda members: members.pop(f"model/extra/{GOLDEN_KEY}") and None)
    assert Recognizer.load(torch_archive).metadata.recipe == "bars"
