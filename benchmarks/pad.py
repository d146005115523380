"""How soon the drawing pad answers: from the end of a stroke to the answer on the page, in Chromium on this machine.

    python -m benchmarks.pad [--strokes 200] [--quick]

Each stroke is a seven of thirty movements of the mouse, asked about while it grows, too, as when somebody draws.
Browser, pad and service share the machine. Results go to `benchmarks/results/pad.json`.
"""

import shlex
import shutil
import statistics
import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import tyro

from benchmarks.machine import describe_machine, say
from benchmarks.results import write_results
from benchmarks.serve import running_service
from benchmarks.tables import machine_line

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["NAME", "main", "report"]

NAME = "pad"
_GOAL_MS = 50
_SEVEN = ((0.38, 0.25), (0.62, 0.25), (0.47, 0.8))
_STEPS = 15  # movements to each of its points
_WATCH = """() => {
    window.times = [];
    let ended = 0;
    document.addEventListener("pointerup", () => (ended = performance.now()), { capture: true });
    document.addEventListener("handigits:answer", () => {
        if (ended) requestAnimationFrame(() => (window.times.push(performance.now() - ended), (ended = 0)));
    });
}"""


@dataclass(frozen=True)
class Settings:
    """What to measure."""

    strokes: int = 200
    """How many strokes are drawn, each on an empty pad."""
    quick: bool = False
    """A smoke test with a few strokes; nothing is written."""


def main() -> None:
    """Draw, and look at the clock of the page."""
    from playwright.sync_api import sync_playwright

    settings = tyro.cli(Settings, description=__doc__, config=(tyro.conf.FlagCreatePairsOff,))
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    machine = describe_machine()
    with running_service() as (_, port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate(_WATCH)
        strokes = 5 if settings.quick else settings.strokes
        say(f"{strokes} strokes ...")
        for count in range(1, strokes + 1):
            _draw(page)
            page.wait_for_function("(count) => window.times.length >= count", arg=count)
            page.keyboard.press("Delete")
        times = page.evaluate("window.times")
        version = browser.version
        browser.close()
    results = {
        "date": date.today().isoformat(),
        "command": shlex.join(["python", "-m", f"benchmarks.{NAME}", *sys.argv[1:]]),
        "machine": machine,
        "browser": f"Chromium {version}",
        "strokes": len(times),
        "milliseconds": {
            "median": round(statistics.median(times), 1),
            "p95": round(statistics.quantiles(times, n=20, method="inclusive")[18], 1),
            "max": round(max(times), 1),
        },
    }
    if not settings.quick:
        write_results(NAME, results)
    print(report(results))


def _draw(page: "Page") -> None:
    box = page.locator("#pad").bounding_box()
    assert box is not None
    first, *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in _SEVEN]
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=_STEPS)
    page.mouse.up()


def report(results: dict[str, Any]) -> str:
    """What was measured, in a sentence or two of Markdown."""
    times = results["milliseconds"]
    return (
        f"The answer is on the page {times['median']:.0f} ms after the end of a stroke (median of "
        f"{results['strokes']}; within {times['p95']:.0f} ms for 95 % of them; the goal is {_GOAL_MS} ms), in "
        f"{results['browser']}, which shares the machine. {machine_line(results)}"
    )


if __name__ == "__main__":
    main()
