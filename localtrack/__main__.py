"""``python -m localtrack``: the ``localtrack`` command."""

import sys

from localtrack.cli import main

if __name__ == "__main__":
    sys.exit(main())
