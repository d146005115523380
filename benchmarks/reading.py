"""How well pictures of single digits are read, for the benchmarks that read such."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import machine_line, markdown_table, percent
from handigits import Recognizer

__all__ = ["read", "table"]


def read(recognizer: Recognizer, pictures: Sequence[NDArray[np.uint8]], digits: Sequence[str]) -> dict[str, float]:
    """How many there are, and the shares that are read right and refused; what is refused is not right."""
    answers = recognizer.predict(pictures)
    right = [answer.digits == digit for answer, digit in zip(answers, digits, strict=True)]
    refused = [answer.abstained for answer in answers]
    return {
        "digits": len(digits),
        "right": round(float(np.mean(right)), 4),
        "refused": round(float(np.mean(refused)), 4),
    }


def table(what: str, rows: dict[str, dict[str, float]], results: dict[str, Any]) -> str:
    """For the README: a row for each kind of pictures, under a column `what`."""
    cells = [[name, f"{row['digits']:,}", percent(row["right"]), percent(row["refused"])] for name, row in rows.items()]
    return f"{markdown_table([what, 'digits', 'right', 'refused'], cells)}\n\n{machine_line(results)}"
