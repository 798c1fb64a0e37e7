"""``python -m w2s``."""

import sys

from w2s.cli import main

if __name__ == "__main__":
    sys.exit(main())
