"""The digits behind the cells of the confusion matrix, to be looked through on the page of a run.

Without a script, every cell leads to a list that unfolds; `report.js` makes of the lists one gallery with filters.
"""

from itertools import groupby

from handigits.evaluation import Evaluation, Gallery
from handigits.report.tables import cell_id, confused_list, confusion_table, digit_figure, safe

__all__ = ["cells_section", "confusion_section"]

_FILTER = '<select id="filter-{name}"><option value="">any</option>{options}</select>'
_OPTIONS = "".join(f"<option>{label}</option>" for label in range(10))


def confusion_section(headline: Evaluation, cells: Gallery | None, thing: str) -> str:
    """The matrix, and the pairs that were confused most; every cell that has digits to show is a link to them."""
    linked = {(row.label, row.predicted) for row in cells.rows} if cells else set()
    click = f' <span class="on-screen">Click on a cell to see the {thing}s behind it.</span>' if linked else ""
    return f"""
<section id="confusion">
  <h2>What was read as what</h2>
  <p>Every {thing} of {safe(headline.split_name)} is in one cell: its row is what it is, its column what it was read as.
  The blue diagonal is right, everything else a mistake.{click}</p>
  <div class="pair uneven">
    <div>{confusion_table(headline, linked=linked)}<p class="hint" id="cell-told" aria-live="polite" hidden></p></div>
    <div><h3>Confused most</h3>{confused_list(headline.most_confused(8))}</div>
  </div>
</section>"""


def cells_section(cells: Gallery | None, thing: str) -> str:
    """Mistakes by true and read class, and some that were read correctly; empty where there is nothing to show."""
    if not cells or not cells.rows:
        return ""
    pairs = sorted(zip(cells.rows, cells.images, strict=True), key=lambda pair: (pair[0].label, pair[0].predicted))
    lists = []
    for (true, predicted), group in groupby(pairs, key=lambda pair: (pair[0].label, pair[0].predicted)):
        figures = [digit_figure(row, image) for row, image in group]
        title = f"{true}, read correctly" if true == predicted else f"{true} read as {predicted}"
        lists.append(
            f'<details data-true="{true}" data-read="{predicted}"><summary>{title}: {len(figures)} shown</summary>'
            f'<div class="gallery" id="{cell_id(true, predicted)}">{"".join(figures)}</div></details>'
        )
    wrong = sum(not row.is_correct for row in cells.rows)
    true_filter, read_filter = (_FILTER.format(name=name, options=_OPTIONS) for name in ("true", "read"))
    return f"""
<section id="cells">
  <h2>Behind the cells</h2>
  <p>{wrong:,} of {cells.total:,} mistakes, and, of what was read correctly, the least sure.</p>
  <div id="cells-tools" hidden>
    <label>is a {true_filter}</label> <label>read as a {read_filter}</label>
    <button type="button" id="cells-back">previous</button> <output id="cells-told"></output>
    <button type="button" id="cells-on">next</button>
  </div>
  <div class="gallery" id="cells-shown" hidden></div>
  <div id="cells-lists">{"".join(lists)}</div>
</section>"""
