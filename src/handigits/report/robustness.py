"""The section on bad pictures of a run's page, which may come after the page: suites are measured apart.

Tells what `stress` found, from the JSON files that it wrote; measures nothing.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from handigits.atomic import write_text
from handigits.data.sources import names
from handigits.errors import RunError
from handigits.report.tables import safe
from handigits.report.wording import UNSEEN, percent
from handigits.stress import PRACTISED

__all__ = ["read_suites", "robustness_section", "update_robustness"]

_BEGIN, _END = "<!-- robustness -->", "<!-- end of robustness -->"


def read_suites(directory: Path) -> list[dict[str, Any]]:
    """What `handigits evaluate --suite` left in the directories of a run, the last of each suite and split.

    Raises:
        RunError: a file is not what handigits wrote.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    paths = [*directory.glob("*/stress.json"), *directory.glob("*/photos.json")]
    for path in sorted(paths, key=lambda path: path.stat().st_mtime):
        try:
            suite = json.loads(path.read_text(encoding="utf-8"))
            robustness_section([suite])
            found[(suite["suite"], suite["split"])] = suite
        except (ValueError, KeyError, TypeError) as err:
            raise RunError(f"{path} is not what handigits wrote; delete it, and measure again with --suite.") from err
    return list(found.values())


def robustness_section(suites: Sequence[Mapping[str, Any]], *, model: str = ".") -> str:
    """Tables of all suites, between marks by which `update_robustness` finds their place; only marks, if none.

    Args:
        suites: what `read_suites` found.
        model: where the run is; `.` for a page that lies in it.
    """
    body = "".join(map(_table, suites))
    if body:
        commands = "\n".join(safe(_command(suite, model)) for suite in suites)
        place = ", from the folder of this page" if model == "." else ""
        body = f"""
<section id="robustness">
  <h2>On bad pictures</h2>
  <p>No network is trained on these pictures. What cannot be read for certain may be refused, which counts as misread
  here.</p>
  {body}
  <p class="hint">Again{place}:</p>
  <pre><code>{commands}</code></pre>
</section>"""
    return f"{_BEGIN}{body}{_END}"


def update_robustness(page: Path, suites: Sequence[Mapping[str, Any]]) -> None:
    """Put the section into a page that was written already; a page without a place for it stays as it is."""
    if not page.is_file():
        return
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if begin and end:
        write_text(page, f"{before}{robustness_section(suites)}{after}")


def _command(suite: Mapping[str, Any], model: str) -> str:
    """What measures a suite again; digits that have no name of their own are those that the run was trained on."""
    data, _, split = str(suite["split"]).rpartition("/")
    count = suite["count"] if suite["suite"] == "stress" else suite["groups"]["all"]["single_digits"]["count"]
    words = ["handigits", "evaluate", model, "--suite", suite["suite"]]
    words += ["--count", str(count), "--seed", str(suite["seed"])]
    words += ["--data", data] if data in names() else []
    words += ["--split", split] if split == "train" else []
    return shlex.join(words)


def _table(suite: Mapping[str, Any]) -> str:
    if suite["suite"] == "stress":
        return _stress_table(suite)
    return _photos_table(suite)


def _stress_table(suite: Mapping[str, Any]) -> str:
    strengths = [row["strength"] for row in suite["by_strength"]]
    kinds = list(dict.fromkeys(row["kind"] for row in suite["rows"]))
    read = {(row["kind"], row["strength"]): float(row["accuracy"]) for row in suite["rows"]}
    body = [[safe(kind), *(percent(read[kind, each], decimals=1) for each in strengths)] for kind in kinds]
    mean = ["mean", *(percent(float(row["mean"]), decimals=1) for row in suite["by_strength"])]
    unseen = [kind for kind in kinds if kind not in PRACTISED]
    means = [sum(read[kind, each] for kind in unseen) / max(len(unseen), 1) for each in strengths]
    mean_unseen = [f"mean of {UNSEEN}", *(percent(each, decimals=1) for each in means)]
    clean = percent(float(suite["clean"]["accuracy"]), decimals=1)
    return f"""
  <h3>Corrupted digits of {safe(suite["split"])}</h3>
  <p>{int(suite["count"]):,} digits, in five strengths of each corruption; uncorrupted, {clean} are read correctly.
  {UNSEEN.capitalize()} are the {len(unseen)} kinds in which no recipe varies the images that it trains on: all but
  {safe(", ".join(kind for kind in kinds if kind in PRACTISED))}.</p>
  {_numbers(["corruption", *(f"strength {int(each)}" for each in strengths)], body, mean, mean_unseen)}"""


def _photos_table(suite: Mapping[str, Any]) -> str:
    body = []
    for name, shares in suite["groups"].items():
        body.append([safe(name), *(_share(shares[kind]) for kind in ("single_digits", "strings"))])
    return f"""
  <h3>Photographs, made up of {safe(suite["split"])} and of strokes</h3>
  {_numbers(["photographs", "of one digit", "of a row of digits"], body)}"""


def _share(share: Mapping[str, Any]) -> str:
    if share["accuracy"] is None:
        return ""
    low, high = (100 * float(bound) for bound in share["interval"])
    return f"{percent(float(share['accuracy']), decimals=1)} <small>({low:.1f} to {high:.1f})</small>"


def _numbers(head: Sequence[str], body: Sequence[Sequence[str]], *foot: Sequence[str]) -> str:
    def row(cells: Sequence[str]) -> str:
        first, *rest = cells
        return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'

    heads = "".join(f'<th scope="col">{name}</th>' for name in head)
    feet = f"<tfoot>{''.join(map(row, foot))}</tfoot>" if foot else ""
    return (
        f'<div class="wide"><table class="numbers"><thead><tr>{heads}</tr></thead><tbody>{"".join(map(row, body))}'
        f"</tbody>{feet}</table></div>"
    )
