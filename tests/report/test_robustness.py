import json
import re
from pathlib import Path
from typing import Any

import pytest

from handigits.errors import RunError
from handigits.report import RunFacts, write_report
from handigits.report.robustness import read_suites, robustness_section, update_robustness
from handigits.stress.results import Share, StressResult, StressRow


def stress(split: str = "toy/test", correct: int = 9) -> dict[str, Any]:
    rows = tuple(
        StressRow(kind=kind, strength=strength, read=Share(correct, 10), refused=0, raw=Share(5, 10))
        for kind in ("blur", "noise")
        for strength in range(1, 6)
    )
    clean = StressRow(kind="clean", strength=0, read=Share(10, 10), refused=0, raw=Share(10, 10))
    return StressResult(split_name=split, seed=0, clean=clean, rows=rows).to_json()


def test_a_suite_is_a_row_for_each_corruption_and_a_mean() -> None:
    section = robustness_section([stress()])
    assert "<td>90.0 %</td>" in section
    assert section.count('<th scope="row">') == 4
    assert "mean of unseen kinds" in section


def test_the_mean_of_unseen_kinds_is_told_of_results_that_were_written_without_it() -> None:
    suite = stress()
    for row in suite["rows"]:
        row["accuracy"] = 0.25 if row["kind"] == "noise" else 0.75
    for row in suite["by_strength"]:
        del row["mean_unseen"]
    (foot,) = re.findall("<tfoot>.*</tfoot>", robustness_section([suite]))
    assert foot.count("<td>25.0 %</td>") == 5


@pytest.mark.parametrize(
    ("split", "data"),
    [("mnist/train", " --data mnist --split train"), ("my digits/test", ""), ("mnist-5k/test", " --data mnist-5k")],
)
def test_the_section_says_what_measures_it_again(split: str, data: str) -> None:
    command = f"handigits evaluate . --suite stress --count 10 --seed 0{data}"
    assert f"<code>{command}</code>" in robustness_section([stress(split)])


def test_a_page_elsewhere_names_the_run_that_is_measured_again() -> None:
    section = robustness_section([stress()], model="runs/my run")
    assert "handigits evaluate &#x27;runs/my run&#x27; --suite" in section
    assert "folder of this page" not in section


def test_results_come_into_a_page_that_was_written_before(facts: RunFacts, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    write_report(facts, page)
    before = page.read_text(encoding="utf-8")
    assert "On bad pictures" not in before
    update_robustness(page, [stress(correct=9)])
    update_robustness(page, [stress(correct=8)])
    after = page.read_text(encoding="utf-8")
    assert after.count("On bad pictures") == 1
    assert "80.0 %" in after
    update_robustness(page, [])
    assert page.read_text(encoding="utf-8") == before


def test_what_lies_in_a_run_is_found(tmp_path: Path) -> None:
    for name, split in (("stress-test", "toy/test"), ("stress-train", "toy/train")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stress.json").write_text(json.dumps(stress(split)))
    assert {suite["split"] for suite in read_suites(tmp_path)} == {"toy/test", "toy/train"}


WITHOUT_SEED = json.dumps({key: value for key, value in stress().items() if key != "seed"})


@pytest.mark.parametrize("content", ["{", "[]", '{"suite": "stress"}', WITHOUT_SEED])
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "stress-test").mkdir()
    (tmp_path / "stress-test" / "stress.json").write_text(content)
    with pytest.raises(RunError, match=r"stress\.json is not what handigits wrote"):
        read_suites(tmp_path)
