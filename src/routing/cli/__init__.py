"""The command line: one module a command group. Heavy things are imported where they are used."""

import sys

DONE, FAILED, USAGE, NEEDS_REVIEW = 0, 1, 2, 3
"""Exit codes of every command."""


def main() -> None:
    """Entry point of the command ``waywarden``."""
    from routing.cli.app import app
    from routing.errors import InputError, WaywardenError

    try:
        app(prog_name="waywarden")
    except InputError as error:
        print(f"waywarden: {error}", file=sys.stderr)
        raise SystemExit(USAGE) from None
    except WaywardenError as error:
        print(f"waywarden: {error}", file=sys.stderr)
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(FAILED) from None
