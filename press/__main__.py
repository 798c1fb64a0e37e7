"""``python -m press``."""

import sys

from press.command import main

if __name__ == "__main__":
    sys.exit(main())
