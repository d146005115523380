"""The notebook is true: it runs from top to bottom, and what it shows is what it was committed with, in kind."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).parents[2] / "notebooks" / "tour.ipynb"
SECONDS = 180


def outputs(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """What kinds of outputs each cell has: `stdout`, `image/png text/plain`, ..."""
    return [
        [output.get("name") or " ".join(sorted(output["data"])) for output in cell["outputs"]]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.fixture(scope="module")
def committed() -> nbformat.NotebookNode:
    return nbformat.read(TOUR, as_version=4)


# Jupyter's own libraries say what they will change one day.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_tour_runs_and_shows_what_it_was_committed_with(
    committed: nbformat.NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(TOUR, as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert outputs(notebook) == outputs(committed)
    (accuracy,) = (
        float(output["text"].split("accuracy ")[1].split("%")[0])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout" and output["text"].startswith("accuracy ")
    )
    assert accuracy > 90


def test_the_tour_is_small_and_tells_nothing_of_the_machine_it_ran_on(committed: nbformat.NotebookNode) -> None:
    text = TOUR.read_text(encoding="utf-8")
    assert len(text) <= 500_000
    for trace in ("/home/", "/root/", str(TOUR.parents[1]), "/tmp/", "stderr"):
        assert trace not in text, trace


def test_every_cell_of_the_tour_was_run_in_order(committed: nbformat.NotebookNode) -> None:
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
