import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from handigits.evaluation import Evaluation
from handigits.report import RunFacts, report_page, write_report

VOID = {"meta", "img", "input", "path", "br"}


class Outline(HTMLParser):
    """Checks that every element is closed, and collects tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def texts(page: str) -> str:
    without_code = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    return " ".join(" ".join(outline(without_code).words).split())


def test_headline_stands_with_its_interval_and_protocol(facts: RunFacts, evaluation: Evaluation) -> None:
    text = texts(report_page(facts))
    low, high = evaluation.interval
    assert f"{100 * evaluation.accuracy:.1f} % read correctly" in text
    assert f"{100 * low:.2f} to {100 * high:.2f} %" in text
    assert facts.protocol in text


def test_page_needs_nothing_but_itself(facts: RunFacts) -> None:
    page = report_page(facts)
    assert "default-src 'none'" in page
    for tag, attributes in outline(page).tags:
        assert tag not in {"link", "iframe", "object"}
        assert (attributes.get("href") or "#").startswith("#")
        assert (attributes.get("src") or "data:").startswith("data:")
    assert "http" not in page.replace("http-equiv", "")
    assert "url(" not in page


def test_every_confusion_can_be_read_off_the_table(facts: RunFacts, evaluation: Evaluation) -> None:
    pattern = r'title="([\d,]+) of [\d,]+ times, a (\d) was read as (\d)'
    found = {(int(true), int(predicted)): int(n) for n, true, predicted in re.findall(pattern, report_page(facts))}
    assert found == {
        (true, predicted): int(evaluation.confusion[true, predicted])
        for true in range(10)
        for predicted in range(10)
        if evaluation.confusion[true, predicted]
    }


def test_galleries_name_answer_and_label_of_every_picture(facts: RunFacts) -> None:
    described = [attributes.get("alt") for tag, attributes in outline(report_page(facts)).tags if tag == "img"]
    for gallery in facts.galleries:
        for row in gallery.rows:
            assert f"digit {row.index}, labelled {row.label}, read as {row.predicted}" in described


def test_everything_given_by_others_is_escaped(facts: RunFacts) -> None:
    bad = "<script>alert('x')</script>\x1b[31m\n"
    marked = replace(
        facts,
        recipe=bad,
        data=bad,
        command=bad,
        protocol=bad,
        summary=bad,
        notice=bad,
        model=bad,
        config={bad: bad},
        environment={bad: bad},
        metrics={"seed": bad},
        evaluations=[replace(facts.evaluations[0], split_name=bad)],
        galleries=[replace(facts.galleries[0], title=bad, name=bad)],
    )
    page = report_page(marked)
    assert page.count("<script") == 1
    assert "\x1b" not in page
    assert page.count("&lt;script&gt;") > 10


def test_notice_is_shown_only_where_there_is_one(facts: RunFacts) -> None:
    assert "Please note." not in texts(report_page(facts))
    assert "Please note. Only 5,000 digits." in texts(report_page(replace(facts, notice="Only 5,000 digits.")))


def test_sections_without_facts_are_left_out(facts: RunFacts) -> None:
    bare = replace(facts, history=(), galleries=(), config={}, environment={}, metrics={})
    text = texts(report_page(bare))
    assert "How it learned" not in text
    assert "Settings" not in text
    assert "What was read as what" in text


def test_a_run_in_which_nothing_was_measured_says_so(facts: RunFacts) -> None:
    assert "Nothing was measured." in texts(report_page(replace(facts, evaluations=())))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (".", "From the folder of this page: handigits predict my-digit.png --model ."),
        ("", "handigits predict my-digit.png"),
        ("my run", "handigits predict my-digit.png --model 'my run'"),
    ],
)
def test_the_command_to_use_the_model_can_be_typed(facts: RunFacts, model: str, words: str) -> None:
    text = " ".join(texts(report_page(replace(facts, model=model))).split())
    assert text.endswith(f"Use the model {words}")


def test_times_and_sizes_of_the_run_are_told(facts: RunFacts) -> None:
    text = texts(report_page(facts))
    for fact in ("1 min 1 s", "12,345", "678,900", "augment.shift"):
        assert fact in text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_an_epoch_without_a_finite_number_has_no_point(facts: RunFacts, value: float | None) -> None:
    rows = [dict(row) for row in facts.history]
    rows[1]["train_loss"] = value
    page = report_page(replace(facts, history=rows))
    assert "training, epoch 1: 1</title>" in page
    assert "training, epoch 2: 0.5" not in page
    assert not any(re.search("nan|inf", path) for path in re.findall(r' d="([^"]*)"', page))


def test_page_is_written_whole_and_stays_small(facts: RunFacts, tmp_path: Path) -> None:
    write_report(facts, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report_page(facts)
    assert (tmp_path / "report.html").stat().st_size < 1_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_only_the_pages_own_script_may_run(facts: RunFacts) -> None:
    page = report_page(facts)
    code = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in page


def test_a_cell_leads_to_the_digits_behind_it(facts: RunFacts) -> None:
    page = report_page(facts)
    links = {attributes["href"] for tag, attributes in outline(page).tags if tag == "a"}
    places = {f"#{attributes['id']}" for tag, attributes in outline(page).tags if tag == "div" and "id" in attributes}
    assert facts.cells is not None
    assert links == {f"#cell-{row.label}-{row.predicted}" for row in facts.cells.rows}
    assert links <= places


def test_calibration_is_told_with_its_interval(facts: RunFacts, evaluation: Evaluation) -> None:
    low, high = evaluation.reliability.interval
    text = texts(report_page(facts))
    assert f"{100 * evaluation.calibration_error:.2f} %" in text
    assert f"{100 * low:.2f} % to {100 * high:.2f} %" in text or f"0 % to {100 * high:.2f} %" in text
    assert "none was fitted" in text


def test_the_temperature_is_told_where_one_was_fitted(facts: RunFacts) -> None:
    warm = replace(facts, metrics={**facts.metrics, "temperature": 0.389})
    assert "divided by 0.389" in texts(report_page(warm))


def test_what_is_no_digit_is_not_called_one(facts: RunFacts) -> None:
    assert "handwritten digit" not in report_page(replace(facts, data="fashion-mnist"))
    assert "pictures of garments" in texts(report_page(replace(facts, data="fashion-mnist")))


@pytest.mark.parametrize(("smoothing", "told"), [(0.1, True), (0.0, False)])
def test_a_training_loss_of_softened_labels_is_explained(facts: RunFacts, smoothing: float, told: bool) -> None:
    text = texts(report_page(replace(facts, config={"label_smoothing": smoothing})))
    assert ("not to be compared with the losses above" in text) == told
