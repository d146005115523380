"""The frame of every page: one file, without a network or a script, that forbids itself to load anything."""

from collections.abc import Iterable
from importlib.resources import files

__all__ = ["page"]


def page(title: str, sections: Iterable[str], *, style: str = "") -> str:
    """A whole page.

    Args:
        title: HTML, already safe.
        sections: HTML, one after the other.
        style: name of a style sheet of this package, beside `report.css`.
    """
    sheets = ["report.css", *([style] if style else [])]
    styles = "".join(files("handigits.report").joinpath(name).read_text(encoding="utf-8") for name in sheets)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title} · handigits</title>
<style>
{styles}</style>
</head>
<body><main>
{"".join(sections)}
</main></body>
</html>
"""
