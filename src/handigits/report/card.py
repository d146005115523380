"""`README.md` of a run: the model card, with the front matter that the Hugging Face Hub reads.

The short, textual sibling of the page that `html` writes: for a repository, a pull request, a terminal.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from handigits.atomic import write_text
from handigits.escape import printable
from handigits.evaluation import Evaluation
from handigits.report.facts import RunFacts, flatten, value_text
from handigits.report.wording import accuracy_text, duration, interval_text, one_in, percent

__all__ = ["model_card", "write_card"]

# Names on the Hugging Face Hub of the datasets that have one for certain.
HUB_DATASETS = {
    "mnist": "ylecun/mnist",
    "mnist-5k": "ylecun/mnist",
    "fashion-mnist": "zalando-datasets/fashion_mnist",
}


def write_card(facts: RunFacts, path: Path) -> None:
    """Write the model card of a run to `path`, whole or not at all."""
    write_text(path, model_card(facts))


def model_card(facts: RunFacts) -> str:
    """The card as Markdown, front matter first."""
    title = _plain(f"{facts.recipe} on {facts.data}")
    notice = f"> **Please note.** {_plain(facts.notice)}\n\n" if facts.notice else ""
    summary = f"{_plain(facts.summary)} " if facts.summary else ""
    return f"""{_front_matter(facts)}
# {title}

{notice}{summary}Reads one {_thing(facts)} from a picture of 28 by 28 pixels, {_look(facts)}, and gives a
probability for each of ten classes. Trained with handigits; `report.html` shows this run in pictures.

## Results

{_results(facts)}

## How to use it

From the folder of this file:

```sh
handigits predict my-{facts.thing}.png --model {_code(facts.model)}
```

```python
import handigits

recognizer = handigits.Recognizer.load({json.dumps(printable(facts.model))})
answer = recognizer.predict("my-{facts.thing}.png")
print(answer.digits, answer.probability)
```

`model.onnx` runs wherever ONNX does. Its input is float32 (N, 1, 28, 28) in 0 to 1, {_look(facts)}; normalisation
and softmax are inside.

## What it is not for

{_limits(facts)}

## How it was trained

{_training(facts)}

{_table(("setting", "value"), flatten(facts.config))}

{_table(("machine and versions", ""), flatten(facts.environment))}

## Get these numbers again

```sh
{_code(facts.command)}
```
"""


def _thing(facts: RunFacts) -> str:
    return "handwritten digit" if facts.thing == "digit" else facts.thing


def _look(facts: RunFacts) -> str:
    return "bright on black" if facts.thing == "garment" else "white ink on black"


def _topic(facts: RunFacts) -> list[str]:
    return ["handwritten-digits"] if facts.thing == "digit" else []


def _limits(facts: RunFacts) -> str:
    data = _plain(facts.data)
    if facts.thing != "digit":
        return (
            f"The network knows ten classes of {facts.thing}s and nothing else, and was measured on {data} only.\n"
            f"Answers are the numbers of {data}'s classes. Do not use it for digits."
        )
    return f"""The network knows ten digits and nothing else, and was measured on {data} only. Other handwriting, other
cameras, several digits in one picture, letters and drawings are outside of what these numbers say. Do not let it decide
alone where a misread digit costs somebody something: amounts of money, doses, addresses."""


def _front_matter(facts: RunFacts) -> str:
    """YAML; every text is a JSON string, which YAML reads as it is, whatever a dataset or a recipe is called."""
    hub = HUB_DATASETS.get(facts.data)
    lines = [
        "---",
        "license: apache-2.0",
        "library_name: handigits",
        "pipeline_tag: image-classification",
        "tags:",
        *(f"- {tag}" for tag in ("handigits", "image-classification", *_topic(facts), "onnx")),
        *(["datasets:", f"- {hub}"] if hub else []),
        "metrics:",
        "- accuracy",
    ]
    if facts.evaluations:
        lines += ["model-index:", f"- name: {_quoted(facts.recipe)}", "  results:"]
        for evaluation in facts.evaluations:
            lines += _index_entry(evaluation, hub or facts.data)
    return "\n".join([*lines, "---", ""])


def _index_entry(evaluation: Evaluation, dataset: str) -> list[str]:
    return [
        "  - task:",
        "      type: image-classification",
        "    dataset:",
        f"      name: {_quoted(evaluation.split_name)}",
        f"      type: {_quoted(dataset)}",
        "    metrics:",
        "    - type: accuracy",
        f"      value: {evaluation.accuracy:.6f}",
        "    - type: loss",
        f"      value: {evaluation.loss:.6f}",
    ]


def _results(facts: RunFacts) -> str:
    headline = facts.headline
    if not headline:
        return f"Nothing was measured. {_plain(facts.protocol)}"
    rows = "\n".join(
        f"| {_plain(one.split_name)} | {accuracy_text(one)} | {interval_text(one)} | {one.loss:.4f} "
        f"| {_calibration(one)} | {one.count:,} |"
        for one in facts.evaluations
    )
    pairs = ", ".join(f"{pair.true} as {pair.predicted} ({pair.count:,})" for pair in headline.most_confused(5))
    confused = f"\n\nConfused most: {pairs}." if pairs else ""
    return f"""**{accuracy_text(headline)}** of {_plain(headline.split_name)} (95 % interval {interval_text(headline)}):
{one_in(headline)}.

{_plain(facts.protocol)}

| images of | accuracy | 95 % interval (Wilson) | loss (nats) | calibration error (95 % interval) | count |
| --- | ---: | ---: | ---: | ---: | ---: |
{rows}{confused}"""


def _calibration(one: Evaluation) -> str:
    low, high = (percent(bound) for bound in one.reliability.interval)
    return f"{percent(one.calibration_error)} ({low} to {high})"


def _training(facts: RunFacts) -> str:
    told = facts.metrics
    parts = [f"Recipe `{_code(facts.recipe)}`, data {_plain(facts.data)}."]
    for key, made in (("synthetic", "Digits drawn by the program"), ("widened", "Digits stretched in width")):
        if isinstance(share := facts.config.get(key), int | float) and share:
            parts.append(f"{made} were added to the training images: {100 * share:g} % of their number.")
    if facts.history:
        parts.append(f"{len(facts.history)} epochs.")
    if isinstance(seconds := told.get("training_seconds"), int | float):
        parts.append(f"Training took {duration(seconds)}.")
    for key, name in (("parameters", "parameters"), ("macs", "multiply-adds for a digit")):
        if isinstance(number := told.get(key), int):
            parts.append(f"{number:,} {name}.")
    if "seed" in told:
        parts.append(f"Seed {_plain(told['seed'])}.")
    if isinstance(temperature := told.get("temperature"), int | float):
        parts.append(
            f"Temperature {temperature:.4g}: the logits were divided by it after training, so that confidence can be "
            "taken at its word; it is inside the model file."
        )
    return " ".join(parts)


def _table(head: tuple[str, str], rows: Mapping[str, object]) -> str:
    if not rows:
        return ""
    body = "\n".join(f"| {_plain(name)} | {_plain(value_text(value))} |" for name, value in rows.items())
    return f"| {head[0]} | {head[1]} |\n| --- | --- |\n{body}"


def _plain(text: object) -> str:
    """Text that others chose, on one line and without a meaning in Markdown or HTML."""
    line = printable(str(text))
    for sign in "\\`*_[]<>|":
        line = line.replace(sign, f"\\{sign}")
    return line


def _code(text: str) -> str:
    """Text that others chose, inside a code span or block; a backtick could end it."""
    return printable(text).replace("`", "'")


def _quoted(text: str) -> str:
    return json.dumps(printable(text), ensure_ascii=False)
