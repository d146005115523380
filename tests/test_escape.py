import csv
import io

import pytest

from handigits.escape import printable, safe_cell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("seven.png", "seven.png"),
        ("sieben ä 七.png", "sieben ä 七.png"),
        ("a\nb\r.png", r"a\nb\r.png"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202egnp.exe", r"\u202egnp.exe"),  # right-to-left override
        ("\udcff.png", r"\udcff.png"),  # a file name that is not UTF-8
    ],
)
def test_printable_spells_out_only_what_cannot_be_printed(text, shown):
    assert printable(text) == shown
    assert printable(text).isprintable()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1+1", "\uff1d1+1"])
def test_a_cell_that_looks_like_a_formula_gets_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"


def test_an_ordinary_cell_stays_as_it_is():
    assert safe_cell("drawings/7=seven.png") == "drawings/7=seven.png"


def test_a_cell_never_breaks_its_row():
    stream = io.StringIO()
    csv.writer(stream).writerow([safe_cell('a\nb,"c"\r'), "7"])
    assert stream.getvalue().count("\n") == 1
    assert next(csv.reader([stream.getvalue()])) == [r'a\nb,"c"\r', "7"]
