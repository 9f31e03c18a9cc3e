"""What is wrong with a definition: where, and what to change."""

from collections.abc import Mapping

Complaint = tuple[str, str]
"""Where to change something, such as ``rule R07``, and what."""


def no_such(kind: str, name: str, known: Mapping[str, object]) -> str:
    """What to do about a name that no table has."""
    others = f", or use one of {', '.join(known)}" if known else ""
    return f"add a [[{kind}]] with the id '{name}'{others}. There is no '{name}'."
