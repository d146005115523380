"""What `/docs` shows beside what the code says itself: examples of requests, and the answers that refuse them.

The page is rendered from the OpenAPI document, on the server, and loads nothing from other sites.
"""

import json
from html import escape
from typing import Any

__all__ = ["ANSWERS", "EXAMPLES", "PROBLEMS", "reference_page"]

_FORM = {"type": "object", "required": ["picture"], "properties": {"picture": {"type": "string", "format": "binary"}}}
_FORMS = {
    "type": "object",
    "required": ["picture"],
    "properties": {"picture": {"type": "array", "items": {"type": "string", "format": "binary"}}},
}
_PICTURE = {
    "type": "object",
    "properties": {
        "picture": {"type": "string", "format": "byte", "description": "A file in base64, or a data URL."},
        "pixels": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        "file": {"type": "string", "description": "What to call it."},
    },
}
_PICTURES = {"type": "object", "properties": {"pictures": {"type": "array", "items": _PICTURE}}}
# A 7 on white paper, 28x28.
_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAl0lEQVQoz73SURHDIAwG4J9eDcQCFrAwC7MwC7VQC62EWqiFVQIWioRsO0Yb"
    "jv17bF4I+Q7uCHEKHh2ux74kyRSlJJoj2hMSc/HntWnLqyvvnA+aNx/ra00Ipm/W4gBRioKB4gREigF3ZbgCT4o3BGX4fuBC8QGvDPezAS2O"
    "kJ2iaUCDo2nAJ/rqH33wdu/q0UzyBy8ZzRcuLWS8e8SWZgAAAABJRU5ErkJggg=="
)
_ONE = {"file": "seven.png", "picture": _PNG}


def _body(form: dict[str, Any], content: dict[str, Any], example: Any) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                "application/json": {"schema": content, "example": example},
            },
        }
    }


EXAMPLES = {
    "/predict": _body(_FORM, _PICTURE, _ONE),
    "/predict/batch": _body(_FORMS, _PICTURES, {"pictures": [_ONE, {"pixels": [[0, 255], [255, 0]], "file": "tiny"}]}),
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body is damaged: no JSON, or no complete form."},
    408: {"description": "The body came too slowly."},
    413: {"description": "The body is too large, or holds too many pictures."},
    415: {"description": "The body is neither multipart/form-data nor application/json."},
    422: {"description": "There is no picture in it, or what is there cannot be read as one."},
    503: {"description": "Too much to do at the moment; `Retry-After` says how many seconds to wait."},
}


_ANSWER = {
    "file": "seven.png",
    "digits": "7",
    "boxes": [[6, 4, 16, 20]],
    "probability": 0.998,
    "probabilities": [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.998, 0.0, 0.002]],
    "abstained": False,
    "reason": "",
    "notes": [],
    "seen": ["<base64 of a PNG of 28x28>"],
    "milliseconds": 8.1,
}


def _answer(description: str, example: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {"application/json": {"example": example}}}}


ANSWERS = {
    "/predict": _answer("What was read.", _ANSWER),
    "/predict/batch": _answer(
        "What was read in each.", [_ANSWER, {"file": "letter.txt", "error": "letter.txt: is not a picture ..."}]
    ),
}


_CURL = {
    "/predict": "-F picture=@digit.png",
    "/predict/batch": "-F picture=@first.png -F picture=@second.png",
    "/explain": "-F picture=@digit.png",
    "/corrections": """-H 'Content-Type: application/json' -d '{"picture": "<base64>", "digits": "7"}'""",
    "/corrections/{key}": "-X DELETE",
}


def reference_page(document: dict[str, Any], *, address: str) -> str:
    """The endpoints as a page of HTML.

    Args:
        document: of OpenAPI.
        address: where the service is, without a slash at the end.
    """
    entries = [
        _entry(path, method, about, address)
        for path, methods in document["paths"].items()
        for method, about in methods.items()
    ]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>handigits: HTTP API</title>
<link rel="icon" href="static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="static/pad.css">
<link rel="stylesheet" href="static/reference.css">
</head>
<body>
<header><h1><a href="./"><img src="static/icon.svg" alt="" width="28" height="28">handigits</a></h1>
<p>HTTP API {escape(document["info"]["version"])} · <a href="openapi.json">OpenAPI document</a></p></header>
<main>
{"".join(entries)}
</main>
</body>
</html>
"""


def _entry(path: str, method: str, about: dict[str, Any], address: str) -> str:
    contents = about.get("requestBody", {}).get("content", {})
    examples = [each["example"] for each in contents.values() if "example" in each]
    answers = [
        content["example"]
        for status in about["responses"].values()
        for content in status.get("content", {}).values()
        if "example" in content
    ]
    command = f"curl {_CURL.get(path, '')} ".replace("  ", " ") + address + path
    return f"""<section id="{method}-{escape(path.strip("/"))}">
<h2><b>{method.upper()}</b> <code>{escape(path)}</code></h2>
<p class="summary">{escape(about.get("summary", ""))}</p>
{_text(about.get("description", ""))}
{_parameters(about.get("parameters", []))}
<pre><code>{escape(command)}</code></pre>
{"".join(_json("The same as JSON", example) for example in examples)}
{"".join(_json("An answer", example) for example in answers)}
{_statuses(about["responses"])}
</section>
"""


def _text(markdown: str) -> str:
    """Paragraphs; code between backticks is all the Markdown that is used here."""
    paragraphs = (escape(each).split("`") for each in markdown.split("\n\n") if each)
    return "".join(
        "<p>" + "".join(f"<code>{each}</code>" if at % 2 else each for at, each in enumerate(pieces)) + "</p>"
        for pieces in paragraphs
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    items = []
    for each in parameters:
        values = _values(each["schema"])
        default = str(each["schema"].get("default")).lower()  # of a truth value, as addresses spell it
        told = f"{', '.join(values)}; {default} if not given" if values else "required"
        items.append(f"<li><code>{escape(each['name'])}</code> ({each['in']}): {escape(told)}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _values(schema: dict[str, Any]) -> list[str]:
    """What a schema allows, where those are a few words."""
    alternatives = [value for each in schema.get("anyOf", []) for value in _values(each)]
    words = ["true", "false"] if schema.get("type") == "boolean" else schema.get("enum", [])
    return [*words, *([schema["const"]] if "const" in schema else []), *alternatives]


def _json(summary: str, example: Any) -> str:
    text = escape(json.dumps(example))
    return f"<details><summary>{summary}</summary><pre><code>{text}</code></pre></details>"


def _statuses(responses: dict[str, Any]) -> str:
    items = "".join(
        f"<li><b>{escape(status)}</b> {_text(about['description'] or 'See above.')}</li>"
        for status, about in responses.items()
    )
    return f'<ul class="statuses">{items}</ul>'
