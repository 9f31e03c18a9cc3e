"""Lines for the person who waits. Only the standard library: the light supervisor uses it too."""

import sys


def say(text: str) -> None:
    """A line for the person who waits, on stderr."""
    print(shown(text), file=sys.stderr, flush=True)


def shown(text: str) -> str:
    """A text without a terminal's control characters. Line breaks stay."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)
