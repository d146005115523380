"""Text that others chose, such as file names, made safe to show.

Does not escape HTML; what writes pages does that.
"""

__all__ = ["printable", "safe_cell"]

# What a spreadsheet takes for the start of a formula, full-width forms included.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def printable(text: str) -> str:
    """Return `text` on one line: whatever cannot be printed (line ends, ANSI codes, ...) is spelt as its escape.

    Example:
        >>> print(printable("a\\nb\\x1b[31m.png"))
        a\\nb\\x1b[31m.png
    """
    if text.isprintable():  # nearly always
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def safe_cell(text: str) -> str:
    """Return `text` as a CSV cell that no spreadsheet will run as a formula: those get a leading apostrophe.

    Meant for text only: a number such as -1 would get an apostrophe too. Quoting is left to the `csv` module.

    Example:
        >>> safe_cell("=1+1.png"), safe_cell("seven.png")
        ("'=1+1.png", 'seven.png')
    """
    cell = printable(text)
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA_STARTS) else cell
