"""The command line: ``python -m skdeepnn``, or ``skdeepnn`` where it is installed."""

import sys

from .cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
