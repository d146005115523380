"""Results for people: pictures, one self-contained page, a model card. Nothing here measures."""

from handigits.report.card import model_card, write_card
from handigits.report.facts import RunFacts
from handigits.report.files import require_matplotlib, write_plots, write_suite
from handigits.report.html import report_page, write_report

__all__ = [
    "RunFacts",
    "model_card",
    "report_page",
    "require_matplotlib",
    "write_card",
    "write_plots",
    "write_report",
    "write_suite",
]
