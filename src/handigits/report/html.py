"""`report.html`: one page that shows a run to anybody, without a network or another file.

Tells; it does not measure (`evaluation`) and does not draw pictures for files (`plots`). Everything that comes from
outside is escaped, and the page forbids itself to load anything.
"""

import shlex
from pathlib import Path

from handigits.atomic import write_text
from handigits.evaluation import Evaluation
from handigits.report.cells import cells_section, confusion_section
from handigits.report.facts import RunFacts
from handigits.report.page import page
from handigits.report.robustness import robustness_section
from handigits.report.svg import curves_chart, reliability_chart
from handigits.report.tables import (
    digit_picture,
    evaluations_table,
    facts_table,
    gallery_figure,
    safe,
    scores_table,
)
from handigits.report.wording import accuracy_text, duration, interval_text, one_in, percent

__all__ = ["report_page", "write_report"]

EXPLANATIONS = {
    "mistakes": """The images on which the model was surest of something else than the label. Some cannot be read by
        people either, and some labels are wrong: look before you blame the model.""",
    "ambiguous": """The images with the smallest lead of the first answer over the second, right or wrong. A model that
        may refuse to answer would do so here first.""",
    "correct": "Drawn at random from the images that were read correctly, for a fair picture of what is easy.",
}

VALIDATION = """Validation images are held out: the model does not train on them. Where they stop getting better while
    the training images still do, it has begun to learn by heart."""

SMOOTHED = """The network learns from softened labels, so that it does not get too sure of itself: its training loss
    stays above 0 even where every answer is right, and is not to be compared with the losses above."""


def write_report(facts: RunFacts, path: Path) -> None:
    """Write the page of a run to `path`, whole or not at all."""
    write_text(path, report_page(facts))


def report_page(facts: RunFacts) -> str:
    """The page as text: complete HTML, self-contained."""
    title = safe(f"{facts.recipe} on {facts.data}")
    sections = [_header(facts, title), _result(facts), _curves(facts)]
    if facts.headline:
        sections += [confusion_section(facts.headline, facts.cells, facts.thing)]
        sections += [cells_section(facts.cells, facts.thing), *_galleries(facts)]
        sections += [_scores(facts), _calibration(facts, facts.headline)]
    sections += [robustness_section(facts.suites, model=facts.model), _making(facts), _use(facts)]
    return page(title, sections, script="report.js")


def _header(facts: RunFacts, title: str) -> str:
    shown = next((gallery for gallery in facts.galleries if gallery.name == "correct"), None)
    strip = ""
    if shown:
        pairs = list(zip(shown.images, shown.rows, strict=True))[:10]
        strip = f'<p class="strip">{"".join(digit_picture(image, f"a {row.label}") for image, row in pairs)}</p>'
    summary = f"<p>{safe(facts.summary)}</p>" if facts.summary else ""
    notice = f'<p class="notice"><b>Please note.</b> {safe(facts.notice)}</p>' if facts.notice else ""
    return f"""
<header>
  <p class="brand">handigits · report</p>
  <h1>{title}</h1>
  {strip}
  <p>A small neural network looks at pictures of {_things(facts)}, 28 by 28 pixels, and says which of ten classes each
  one is. This page shows how often it is right, where it goes wrong, and how to get the same numbers again.</p>
  {summary}{notice}
</header>"""


def _result(facts: RunFacts) -> str:
    headline = facts.headline
    if not headline:
        return f"""
<section class="result">
  <h2>Result</h2>
  <p class="protocol">Nothing was measured. {safe(facts.protocol)}</p>
  {_tiles(facts)}
</section>"""
    return f"""
<section class="result">
  <h2>Result</h2>
  <p class="headline"><b>{accuracy_text(headline)}</b> read correctly</p>
  <p>95 % interval: <b>{interval_text(headline)}</b>. {one_in(headline).capitalize()}.</p>
  <p class="protocol"><b>How this was measured.</b> {safe(facts.protocol)} The interval (Wilson) says how far the number
  could move with other {facts.thing}s of the same kind; training with another seed moves it as well.</p>
  {_tiles(facts)}
  {evaluations_table(facts.evaluations)}
  <p class="hint">Loss: how surprised the model was by the true labels (mean cross-entropy). Brier score: squared
  distance of its probabilities from the truth, 0 to 2. Calibration error: how far its confidence is off. 0 is best for
  all three.</p>
</section>"""


def _things(facts: RunFacts) -> str:
    return "handwritten digits" if facts.thing == "digit" else f"{facts.thing}s"


def _tiles(facts: RunFacts) -> str:
    told = facts.metrics
    tiles: list[tuple[str, str]] = []
    if isinstance(seconds := told.get("training_seconds"), int | float):
        tiles.append(("training", duration(seconds)))
    if facts.history:
        tiles.append(("epochs", str(len(facts.history))))
    for key, name in (("parameters", "parameters"), ("macs", "multiply-adds")):
        if isinstance(number := told.get(key), int):
            tiles.append((name, f"{number:,}"))
    if "seed" in told:
        tiles.append(("seed", safe(told["seed"])))
    body = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in tiles)
    return f'<dl class="tiles">{body}</dl>' if tiles else ""


def _curves(facts: RunFacts) -> str:
    charts = {name: curves_chart(facts.history, name.lower()) for name in ("Loss", "Accuracy")}
    figures = "".join(f"<figure><h3>{name}</h3>{chart}</figure>" for name, chart in charts.items() if chart)
    if not figures:
        return ""
    validated = any(row.get("validation_loss") is not None for row in facts.history)
    return f"""
<section>
  <h2>How it learned</h2>
  <p>An epoch is one pass over the training images. {VALIDATION if validated else ""}
  {SMOOTHED if facts.config.get("label_smoothing") else ""}</p>
  <div class="pair">{figures}</div>
</section>"""


def _galleries(facts: RunFacts) -> list[str]:
    return [
        f"""
<section id="{safe(gallery.name)}">
  <h2>{safe(gallery.title)}</h2>
  <p>{EXPLANATIONS.get(gallery.name, "")} Shown: {len(gallery.rows):,} of {gallery.total:,}. The large number below a
  picture is the answer, with the model's confidence in it.</p>
  {gallery_figure(gallery)}
</section>"""
        for gallery in facts.galleries
        if gallery.rows
    ]


def _scores(facts: RunFacts) -> str:
    return f"""
<section>
  <h2>Class by class</h2>
  <p>Precision: of all that was read as this {facts.thing}, how much was one. Recall: of all there was of it, how much
  was found. F1: the two in one number. Support: how many there were.</p>
  {scores_table(facts.evaluations[0])}
</section>"""


def _calibration(facts: RunFacts, headline: Evaluation) -> str:
    low, high = (percent(bound) for bound in headline.reliability.interval)
    temperature = facts.metrics.get("temperature")
    fitted = (
        f"its logits were divided by {temperature:.3g} after training, which is inside the model file"
        if isinstance(temperature, int | float)
        else "none was fitted; the network was not trained to be less sure than it can be"
    )
    return f"""
<section id="calibration">
  <h2>Can its confidence be trusted?</h2>
  <div class="pair">
    <div>
    <p>Of all that was read with 90 % confidence, nine in ten should be right. Above the diagonal, the model is
    right more often than it says; below it, it is too sure of itself. Points that stand for few {facts.thing}s jump
    about by chance<span class="on-screen">: hover over one to see how many</span>.</p>
    <table class="facts"><tbody>
      <tr><th scope="row">expected calibration error (15 bins)</th><td><b>{percent(headline.calibration_error)}</b>,
      95 % interval {low} to {high} (bootstrap)</td></tr>
      <tr><th scope="row">negative log-likelihood</th><td>{headline.loss:.4f} nats</td></tr>
      <tr><th scope="row">Brier score</th><td>{headline.brier:.4f}, of 0 to 2</td></tr>
      <tr><th scope="row">temperature</th><td>{fitted}</td></tr>
    </tbody></table>
    </div>
    <figure>{reliability_chart(headline.reliability)}</figure>
  </div>
</section>"""


def _making(facts: RunFacts) -> str:
    tables = "".join(
        f"<details><summary>{name}</summary>{facts_table(table)}</details>"
        for name, table in (("Settings", facts.config), ("Machine and versions", facts.environment))
        if table
    )
    return f"""
<section>
  <h2>Get these numbers again</h2>
  <pre><code>{safe(facts.command)}</code></pre>
  <p>On the same machine with the same versions they come out the same; elsewhere, rounding may move the last ones.</p>
  {tables}
</section>"""


def _use(facts: RunFacts) -> str:
    place = "<p>From the folder of this page:</p>" if facts.model == "." else ""
    words = ["handigits", "predict", f"my-{facts.thing}.png", *(["--model", facts.model] if facts.model else [])]
    return f"""
<section>
  <h2>Use the model</h2>
  {place}
  <pre><code>{safe(shlex.join(words))}</code></pre>
</section>"""
