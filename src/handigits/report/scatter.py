"""Accuracy against a cost as inline SVG, in the colours of the page; the cost on a logarithmic axis.

Lines over time are `svg`'s business, pictures for files `compare_plots`'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from handigits.report.svg import round_ticks

__all__ = ["Dot", "log_ticks", "scatter_chart"]

WIDTH, HEIGHT = 440, 280
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 18, 44
FEW = 4  # with fewer decades than that, 2 and 5 are worth a tick too


@dataclass(frozen=True)
class Dot:
    """One point: `x` above 0, a mark of a character or two, what hovering tells, and whether it is on the front."""

    x: float
    y: float
    mark: str
    hint: str
    on_front: bool


def scatter_chart(dots: Sequence[Dot], *, x_label: str, y_label: str) -> str:
    """The points with the front as a line through those that lie on it, in the order of their costs."""
    ticks = log_ticks([dot.x for dot in dots])
    low, high = log10(min(ticks[0], *(dot.x for dot in dots))), log10(max(ticks[-1], *(dot.x for dot in dots)))
    heights = round_ticks(min(dot.y for dot in dots), max(dot.y for dot in dots))
    room = 0.5 * (heights[1] - heights[0])
    bottom, top = min(dot.y for dot in dots) - room, max(dot.y for dot in dots) + room

    def across(x: float) -> float:
        return LEFT + (0.04 + 0.92 * (log10(x) - low) / ((high - low) or 1)) * (WIDTH - LEFT - RIGHT)

    def down(y: float) -> float:
        return TOP + (top - y) / (top - bottom) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg class="chart scatter" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(x_label)}">']
    for tick in ticks:
        parts.append(f'<path class="grid" d="M{across(tick):.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{across(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:g}</text>')
    for height in (tick for tick in heights if bottom <= tick <= top):
        parts.append(f'<path class="grid" d="M{LEFT} {down(height):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{down(height) + 4:.1f}" text-anchor="end">{height:g}</text>')
    middle = (HEIGHT - BOTTOM + TOP) / 2
    front = sorted((dot for dot in dots if dot.on_front), key=lambda dot: dot.x)
    path = "L".join(f"{across(dot.x):.1f} {down(dot.y):.1f}" for dot in front)
    parts += [
        f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>',
        f'<text x="{(WIDTH + LEFT - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>',
        f'<g class="guide"><path class="line" d="M{path}"/></g>',
        *(_mark(dot, across(dot.x), down(dot.y)) for dot in dots),
        "</svg>",
    ]
    return "".join(parts)


def log_ticks(values: Sequence[float]) -> list[float]:
    """Round numbers around `values`, which are above 0: powers of ten, and 2 and 5 times those where they are few.

    Example:
        >>> log_ticks([3, 40]), log_ticks([0.01, 1_000])
        ([2, 5, 10, 20, 50], [0.01, 0.1, 1, 10, 100, 1000])
    """
    low, high = min(values), max(values)
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    factors = (1, 2, 5) if len(decades) <= FEW else (1,)
    numbers = [float(f"{factor}e{decade}") for decade in decades for factor in factors]
    below = max((number for number in numbers if number <= low), default=numbers[0])
    above = min((number for number in numbers if number >= high), default=numbers[-1])
    return [int(number) if number >= 1 else number for number in numbers if below <= number <= above]


def _mark(dot: Dot, x: float, y: float) -> str:
    """A disc on the front, a hollow one behind it, with its number inside."""
    look = "first" if dot.on_front else "behind"
    return (
        f'<g class="{look}"><circle cx="{x:.1f}" cy="{y:.1f}" r="10"><title>{escape(dot.hint)}</title></circle>'
        f'<text class="mark" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(dot.mark)}</text></g>'
    )
