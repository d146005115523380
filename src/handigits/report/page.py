"""The frame of every page: one file that needs no network, and may load nothing and run no other script.

A page says all that it has to say without its script, if it has one; the script makes it easier to look through.
"""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files

__all__ = ["page"]


def page(title: str, sections: Iterable[str], *, style: str = "", script: str = "") -> str:
    """A whole page.

    Args:
        title: HTML, already safe.
        sections: HTML, one after the other.
        style: name of a style sheet of this package, beside `report.css`.
        script: name of a script of this package; the page's policy names its digest, so that no other runs.
    """
    sheets = ["report.css", *([style] if style else [])]
    styles = "".join(files("handigits.report").joinpath(name).read_text(encoding="utf-8") for name in sheets)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    end = ""
    if script:
        code = "\n" + files("handigits.report").joinpath(script).read_text(encoding="utf-8")
        policy += f"; script-src 'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"
        end = f"<script>{code}</script>\n"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title} · handigits</title>
<style>
{styles}</style>
</head>
<body><main>
{"".join(sections)}
</main>
{end}</body>
</html>
"""
