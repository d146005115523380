"""`python -m handigits`, for where the command is not on the path."""

import sys

from handigits.cli import main

sys.exit(main())
