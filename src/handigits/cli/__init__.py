"""The command line: one file for each verb, and no machine learning.

A verb parses its arguments, makes one call of the public API, and shows the result: results on stdout, progress and
notices on stderr. Exit codes: 0 done; 1 something failed (one line, no traceback); 2 usage; 3 part of a batch failed.
"""

from handigits.cli.main import main

__all__ = ["main"]
