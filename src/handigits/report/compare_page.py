"""The page of a comparison: which model is better, whether that is more than chance, and what it costs."""

from handigits.evaluation import COSTS, Comparison, pareto_front
from handigits.report.compare_tables import (
    class_reports,
    confusions,
    costs_table,
    disagreement_gallery,
    ranking_table,
    tests_table,
)
from handigits.report.page import page
from handigits.report.scatter import Dot, scatter_chart
from handigits.report.tables import safe
from handigits.report.wording import percent

__all__ = ["comparison_page"]


def comparison_page(comparison: Comparison, *, command: str) -> str:
    """The page as text: complete HTML, self-contained.

    Args:
        comparison: what was found.
        command: what prints it again.
    """
    number = len(comparison.contenders)
    title = f"{number} model{'s' if number > 1 else ''} on {safe(comparison.splits[0])}"
    sections = [_header(comparison, title), _result(comparison)]
    if number > 1:
        sections += [_tests(comparison), _pareto(comparison)]
    sections += [_costs(comparison), *(_confusions(comparison, split) for split in comparison.splits)]
    if comparison.disagreements:
        sections.append(_disagreements(comparison))
    sections.append(f"<section><h2>Get this again</h2><pre><code>{safe(command)}</code></pre></section>")
    return page(title, sections, style="compare.css")


def _header(comparison: Comparison, title: str) -> str:
    notice = f'<p class="notice"><b>Please note.</b> {safe(comparison.notice)}</p>' if comparison.notice else ""
    return f"""
<header>
  <p class="brand">handigits · comparison</p>
  <h1>{title}</h1>
  <p>Every model read the same digits. {safe(comparison.verdict)}</p>
  {_choice(comparison)}{notice}
</header>"""


def _choice(comparison: Comparison) -> str:
    chosen = next((each for each in comparison.contenders if each.name == comparison.choice), None)
    if chosen is None or chosen.held_out is None:
        return ""
    return (
        f"<p><b>Chosen: {safe(chosen.name)}.</b> It read the {chosen.held_out.images[0]:,} training images that were "
        f"held out best ({percent(chosen.held_out.accuracy)}). The digits below had no part in the choice.</p>"
    )


def _result(comparison: Comparison) -> str:
    tables = "".join(f"<h3>{safe(split)}</h3>{ranking_table(comparison, split)}" for split in comparison.splits)
    return f"""
<section>
  <h2>Result</h2>
  {tables}
  <p class="hint">Accuracy: mean ± standard deviation over the seeds, where there are several. Interval: how far the
  mean could move with other digits of the same kind (Wilson). Precision, recall, F1: each digit counting the same;
  small, each as often as it occurs. Loss, Brier score and calibration error: 0 is best.</p>
</section>"""


def _tests(comparison: Comparison) -> str:
    return f"""
<section>
  <h2>Are the differences more than chance?</h2>
  <p>Both models of a pair read the same digits, so what counts are those that one of them reads better (McNemar's exact
  test). Points: accuracy of the first less that of the second, in percent of all digits. p: how likely such a
  difference is between equals. Corrected: for testing {len(comparison.tests):,}
  {"pair" if len(comparison.tests) == 1 else "pairs"} at once (Holm); below 0.05 it is called significant. This is about
  these models; how a recipe moves with its seed, the ± above says.</p>
  {tests_table(comparison.tests)}
</section>"""


def _pareto(comparison: Comparison) -> str:
    split = comparison.splits[0]
    charts = []
    for cost, label in COSTS.items():
        front = pareto_front(comparison.contenders, cost, split)
        dots = [
            Dot(
                x=(paid := getattr(each.cost, cost)),
                y=100 * each.mean("accuracy", split),
                mark=str(number),
                hint=f"{each.name}: {percent(each.mean('accuracy', split))}, {label} {paid:.3g}",
                on_front=each in front,
            )
            for number, each in enumerate(comparison.contenders, start=1)
            if getattr(each.cost, cost) > 0  # 0: not known
        ]
        if not dots:
            continue
        chart = scatter_chart(dots, x_label=label, y_label="accuracy (%)")
        charts.append(f"<figure><h3>{label.split(' (')[0].capitalize()}</h3>{chart}</figure>")
    return f"""
<section>
  <h2>What accuracy costs</h2>
  <p>Filled: no other model is more accurate and, to within a tenth, as cheap. The numbers are those of the tables.</p>
  <div class="pair">{"".join(charts)}</div>
</section>"""


def _costs(comparison: Comparison) -> str:
    return f"""
<section>
  <h2>In numbers</h2>
  {costs_table(comparison)}
  <p class="hint">Training: where it was trained. One image, and images a second: on the machine that wrote this page,
  with onnxruntime.</p>
</section>"""


def _confusions(comparison: Comparison, split: str) -> str:
    return f"""
<section>
  <h2>What was read as what: {safe(split)}</h2>
  <p>Rows are the true digits, columns the answers<span class="on-screen">; hover over a cell to read
  it</span>.</p>
  {confusions(comparison, split)}
  <h3>Digit by digit</h3>
  {class_reports(comparison, split)}
</section>"""


def _disagreements(comparison: Comparison) -> str:
    several = any(len(each.seeds) > 1 for each in comparison.contenders)
    seeds = " Of several seeds, the first one answers." if several else ""
    return f"""
<section>
  <h2>Where they disagree</h2>
  <p>{comparison.disputed:,} digits are not read alike by all; shown are the {len(comparison.disagreements):,} that
  divide the models most evenly into right and wrong. The large number is the label; below it, each model's
  answer.{seeds}</p>
  {disagreement_gallery(comparison)}
</section>"""
