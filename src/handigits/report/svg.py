"""Small charts as inline SVG: sharp at any size, in the colours of the page, light or dark, without a script.

Knows lines and points, not what they mean beyond their labels. Pictures for files are `plots`' business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, isfinite, log10

from handigits.evaluation import Reliability

__all__ = ["curves_chart", "reliability_chart", "round_ticks"]

WIDTH, HEIGHT = 440, 280
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 14, 44
_ROOM = 0.02  # of a value that stands alone, below and above it on its axis

Point = tuple[float, float]


@dataclass(frozen=True)
class _Line:
    """Points to join; `look` is a class of the style sheet, `hints` tell a point's numbers; none, no marks."""

    legend: str
    look: str
    points: Sequence[Point]
    hints: Sequence[str]


@dataclass(frozen=True)
class _Axis:
    """Ticks in ascending order; the axis reaches from `low` to `high`."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]

    def share(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)


def curves_chart(history: Sequence[Mapping[str, float | None]], quantity: str) -> str:
    """Training and validation by epoch; `quantity` is `loss` or `accuracy`. Empty when nothing finite was measured."""
    scale, unit = (100.0, " %") if quantity == "accuracy" else (1.0, "")
    lines = []
    for key, name, look in (("train", "training", "first"), ("validation", "validation", "second")):
        measured = [(row.get("epoch"), row.get(f"{key}_{quantity}")) for row in history]
        points = [
            (epoch, scale * value)
            for epoch, value in measured
            if epoch is not None and value is not None and isfinite(value)
        ]
        hints = [f"{name}, epoch {epoch:g}: {value:.4g}{unit}" for epoch, value in points]
        if points:
            lines.append(_Line(f"{name} {points[-1][1]:.4g}{unit}", look, points, hints))
    if not lines:
        return ""
    epochs = [epoch for line in lines for epoch, _ in line.points]
    values = [value for line in lines for _, value in line.points]
    label = "accuracy (%)" if quantity == "accuracy" else "loss (nats)"
    whole = [
        tick for tick in round_ticks(min(epochs), max(epochs)) if tick % 1 == 0 and min(epochs) <= tick <= max(epochs)
    ]
    x = _Axis("epoch", min(epochs) - 0.5, max(epochs) + 0.5, whole)
    return _chart(x, _axis(label, min(values), max(values)), lines, title=f"{quantity} by epoch")


def reliability_chart(reliability: Reliability) -> str:
    """Confidence against accuracy, beside the diagonal of a model that is exactly as sure as it is right."""
    bins = zip(reliability.confidences, reliability.accuracies, reliability.counts, strict=True)
    filled = [(100 * float(sure), 100 * float(right), int(count)) for sure, right, count in bins if count]
    hints = [
        f"{count:,} digits read with {sure:.1f} % confidence: {right:.1f} % right" for sure, right, count in filled
    ]
    lines = [
        _Line("exactly as sure as right", "guide", [(0, 0), (100, 100)], []),
        _Line("this model", "first", [(sure, right) for sure, right, _ in filled], hints),
    ]
    x = _Axis("confidence of the answer (%)", 0, 103, range(0, 101, 20))
    y = _Axis("answers that were right (%)", 0, 103, range(0, 101, 20))
    return _chart(x, y, lines, title="confidence against accuracy")


def _axis(label: str, low: float, high: float) -> _Axis:
    if low == high:  # one epoch: its point gets room around it
        low, high = low - _ROOM * abs(low), high + _ROOM * abs(high)
    ticks = round_ticks(low, high)
    step = ticks[1] - ticks[0]
    return _Axis(label, min(ticks[0], low), max(ticks[-1], high) + 0.05 * step, ticks)


def round_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers from just below `low` to just below or at `high`; always at least two."""
    rough = max(high - low, 1e-3 * max(abs(high), 1e-3)) / count
    magnitude = 10.0 ** floor(log10(rough))
    step = next(nice * magnitude for nice in (1, 2, 5, 10) if nice * magnitude >= rough * 0.999)
    first = floor(low / step)
    last = max(floor(high / step + 1e-9), first + 1)
    return [round(place * step, 10) for place in range(first, last + 1)]


def _chart(x: _Axis, y: _Axis, lines: Sequence[_Line], *, title: str) -> str:
    def at(point: Point) -> Point:
        across, up = x.share(point[0]), y.share(point[1])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">']
    for tick in y.ticks:
        height = at((x.low, tick))[1]
        parts.append(f'<path class="grid" d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in x.ticks:
        parts.append(
            f'<text x="{at((tick, 0))[0]:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:g}</text>'
        )
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts += [
        f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>',
        f'<text x="{(WIDTH + LEFT - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x.label)}</text>',
        f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{escape(y.label)}</text>',
        *(_draw_line(line, at) for line in lines),
        "</svg>",
        _legend(lines),
    ]
    return "".join(parts)


def _draw_line(line: _Line, at: Callable[[Point], Point]) -> str:
    places = [at(point) for point in line.points]
    path = "L".join(f"{across:.1f} {down:.1f}" for across, down in places)
    marks = "".join(_mark(line.look, place, hint) for place, hint in zip(places, line.hints, strict=False))
    return f'<g class="{line.look}"><path class="line" d="M{path}"/>{marks}</g>'


def _mark(look: str, place: Point, hint: str) -> str:
    """A disc for the first line, a square for the second: they differ without colour too."""
    across, down = place
    shape = (
        f'<circle cx="{across:.1f}" cy="{down:.1f}" r="3.5">'
        if look == "first"
        else f'<rect x="{across - 3.2:.1f}" y="{down - 3.2:.1f}" width="6.4" height="6.4">'
    )
    return f"{shape}<title>{escape(hint)}</title></{'circle' if look == 'first' else 'rect'}>"


def _legend(lines: Sequence[_Line]) -> str:
    entries = []
    for line in lines:
        mark = _mark(line.look, (14, 6), line.legend) if line.hints else ""
        swatch = f'<svg viewBox="0 0 28 12" aria-hidden="true"><path class="line" d="M0 6H28"/>{mark}</svg>'
        entries.append(f'<span class="{line.look}">{swatch} {escape(line.legend)}</span>')
    return f'<p class="legend">{"".join(entries)}</p>'
