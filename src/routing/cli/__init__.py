"""The command line: one module a command group. Slow imports happen where they are used."""

DONE, FAILED, USAGE, NEEDS_REVIEW = 0, 1, 2, 3
"""Exit codes of every command."""


def main() -> None:
    """Entry point of the command ``waywarden``."""
    from routing.cli.app import app
    from routing.cli.saying import say
    from routing.errors import InputError, WaywardenError

    try:
        app(prog_name="waywarden")
    except InputError as error:
        say(f"waywarden: {error}")
        raise SystemExit(USAGE) from None
    except WaywardenError as error:
        say(f"waywarden: {error}")
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(FAILED) from None
