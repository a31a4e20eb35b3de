"""The command line: ``python -m skdeepnn``, or ``skdeepnn`` where it is installed."""

import sys

__all__ = ["main"]


def main(argv=None):
    """Run the command: see :func:`skdeepnn.cli.main.main`.

    It is imported here, and not above, because importing takes a second or more, in
    which the user may press Ctrl-C.
    """
    try:
        from .cli.main import main as run
    except KeyboardInterrupt:
        print("skdeepnn: interrupted before any model had finished.", file=sys.stderr)
        return 130
    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
