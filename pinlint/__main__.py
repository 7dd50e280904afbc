"""`python -m pinlint`."""

import sys

from pinlint.cli import main

if __name__ == "__main__":
    sys.exit(main())
