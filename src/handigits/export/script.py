"""Several JavaScript modules as one script, so that a page can hold them: browsers import none from a file on the disk.

Knows the few forms of `import` and `export` that our own modules use. Deliberately absent: a parser of JavaScript.
"""

import re
from collections.abc import Mapping

__all__ = ["bundle"]

_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:class|const|function\*?) (\w+))", re.MULTILINE)


def bundle(sources: Mapping[str, str], main: str) -> str:
    """One script that does what the module `main` does.

    Args:
        sources: modules by their file's name; each imports others as `import { names } from "./name.js";`.
        main: the name of the one to run.

    Raises:
        KeyError: a module that is imported is not among them.
        ValueError: modules import each other in a circle, or in another form.

    Example:
        >>> sources = {"a.js": "export const one = 1;\\n", "b.js": 'import { one } from "./a.js";\\nalert(one);\\n'}
        >>> print(bundle(sources, "b.js"))
        "use strict";
        const modules = {};
        {
        const one = 1;
        modules["a.js"] = { one };
        }
        {
        const { one } = modules["a.js"];
        alert(one);
        }
        <BLANKLINE>
    """
    blocks: dict[str, str] = {}
    _add(main, sources, blocks, ())
    return '"use strict";\nconst modules = {};\n' + "".join(blocks.values())


def _add(name: str, sources: Mapping[str, str], blocks: dict[str, str], above: tuple[str, ...]) -> None:
    """Put a module's block behind those that it needs."""
    if name in above:
        raise ValueError(f"{name} imports itself by way of {', '.join(above)}")
    for _, needed in _IMPORT.findall(sources[name]):
        if needed not in blocks:
            _add(needed, sources, blocks, (*above, name))
    body = _IMPORT.sub(r'const \1 = modules["\2"];' + "\n", sources[name])
    names = _EXPORT.findall(body)
    body = _EXPORT.sub("", body)
    if left := re.search(r"^(import|export) .*", body, re.MULTILINE):
        raise ValueError(f"{name} has “{left[0]}”, which is no form that is known here")
    told = f'modules["{name}"] = {{ {", ".join(names)} }};\n' if names else ""
    blocks[name] = f"{{\n{body}{told}}}\n"
