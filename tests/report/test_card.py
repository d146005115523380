import json
from dataclasses import replace
from pathlib import Path

import pytest

from handigits.evaluation import Evaluation
from handigits.report import RunFacts, model_card, write_card


def front_matter(card: str) -> list[str]:
    opening, matter, _ = card.split("---\n", 2)
    assert opening == ""
    return matter.splitlines()


def test_front_matter_says_what_the_hub_needs(facts: RunFacts, evaluation: Evaluation) -> None:
    lines = front_matter(model_card(facts))
    for line in ("license: apache-2.0", "pipeline_tag: image-classification", "- ylecun/mnist", "- accuracy"):
        assert line in lines
    assert f"      value: {evaluation.accuracy:.6f}" in lines


def test_a_name_of_yaml_syntax_stays_a_name(facts: RunFacts) -> None:
    lines = front_matter(model_card(replace(facts, recipe='a: "b"\n- c')))
    name = next(line for line in lines if line.startswith("- name: "))
    assert json.loads(name.removeprefix("- name: ")) == 'a: "b"\\n- c'


def test_own_data_claims_no_dataset_of_the_hub(facts: RunFacts) -> None:
    assert "datasets:" not in front_matter(model_card(replace(facts, data="my/digits")))


def test_card_states_result_interval_protocol_and_command(facts: RunFacts, evaluation: Evaluation) -> None:
    card = model_card(facts)
    low, high = evaluation.interval
    assert f"**{100 * evaluation.accuracy:.1f} %** of toy/test" in card
    assert f"{100 * low:.2f} to {100 * high:.2f} %" in card
    assert facts.protocol in card
    assert facts.command in card


def test_card_tells_of_drawn_digits_where_there_were_any(facts: RunFacts) -> None:
    said = "Digits drawn by the program were added to the training images: 30 % of their number."
    assert said in model_card(replace(facts, config={"synthetic": 0.3}))
    assert "drawn by the program" not in model_card(replace(facts, config={"synthetic": 0.0}))
    stretched = "Digits stretched in width were added to the training images: 15 % of their number."
    assert stretched in model_card(replace(facts, config={"widened": 0.15}))


def test_python_example_compiles(facts: RunFacts) -> None:
    code = model_card(replace(facts, model='runs/"quoted"')).split("```python\n")[1].split("```")[0]
    compile(code, "card", "exec")


def test_names_cannot_break_out_of_markdown(facts: RunFacts) -> None:
    card = model_card(replace(facts, data="a|b<script>`\n# c", config={"k|": "v\n|"}))
    body = card.split("---\n", 2)[2]
    assert "<script" not in body.replace("\\<script\\>", "")
    assert "\n# c" not in card
    assert "| k\\| | v\\\\n\\| |" in card


def test_a_run_in_which_nothing_was_measured_claims_nothing(facts: RunFacts) -> None:
    card = model_card(replace(facts, evaluations=()))
    assert "Nothing was measured." in card
    assert "model-index" not in card


def test_card_is_written_whole(facts: RunFacts, tmp_path: Path) -> None:
    write_card(facts, tmp_path / "README.md")
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == model_card(facts)


def test_the_temperature_is_told_where_one_was_fitted(facts: RunFacts) -> None:
    assert "Temperature" not in model_card(facts)
    warm = replace(facts, metrics={**facts.metrics, "temperature": 0.389})
    assert "Temperature 0.389: the logits were divided by it" in model_card(warm)


def test_calibration_is_told_with_its_interval(facts: RunFacts) -> None:
    _, high = facts.evaluations[0].reliability.interval
    assert f" to {100 * high:.2f} %) |" in model_card(facts)


@pytest.mark.parametrize(("data", "thing"), [("fashion-mnist", "garment"), ("kmnist", "character")])
def test_what_is_no_digit_is_not_called_one(facts: RunFacts, data: str, thing: str) -> None:
    card = model_card(replace(facts, data=data))
    assert "handwritten digit" not in card
    assert "handwritten-digits" not in card
    assert f"Reads one {thing} from a picture" in card
