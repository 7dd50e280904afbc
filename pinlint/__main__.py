"""`python -m pinlint`."""

import os
import sys

# Python looks for modules in the working directory first, which here is somebody's repository. Where pinlint itself lies there (a
# checkout) nothing can be gained.
try:
    here = os.getcwd()
except OSError:  # a directory that is gone: the run says so
    here = ""
if not sys.flags.safe_path and sys.path[0] in ("", here) and os.path.dirname(os.path.dirname(__file__)) != here:
    del sys.path[0]

from pinlint.cli import main

if __name__ == "__main__":
    sys.exit(main())
