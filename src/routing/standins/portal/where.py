"""The condition of a FeatureServer query, as far as clients use it: clauses joined by AND."""

import re
from collections.abc import Callable, Container, Mapping
from typing import Any

CLAUSE = re.compile(r"^(\w+)\s*(=|>|<|LIKE|IN)\s*(.+)$", re.IGNORECASE)
Holds = Callable[[Mapping[str, Any]], bool]


def read_where(where: str, known: Container[str]) -> Holds:
    """A condition on a feature's attributes.

    Args:
        known: names of the layer's fields, in upper case.

    Raises:
        ValueError: the server would refuse it; says why in its words.
    """
    clauses = [_clause(part, known) for part in re.split(r"\s+AND\s+", where, flags=re.IGNORECASE)]
    return lambda attributes: all(holds(attributes) for holds in clauses)


def _clause(text: str, known: Container[str]) -> Holds:
    text = _bare(text)
    if text.replace(" ", "") == "1=1":
        return lambda attributes: True
    found = CLAUSE.match(text)
    if found is None:
        raise ValueError("'where' parameter is invalid")
    name, how = found[1].upper(), found[2].upper()
    if name not in known:
        raise ValueError(f"'Invalid field: {found[1]}' parameter is invalid")
    wanted = [each.strip().strip("'").replace("''", "'") for each in _bare(found[3]).split(",")]
    return lambda attributes: _holds(_value(attributes, name), how, wanted)


def _value(attributes: Mapping[str, Any], name: str) -> Any:
    return next(value for key, value in attributes.items() if key.upper() == name)


def _holds(value: Any, how: str, wanted: list[str]) -> bool:
    if how in {"=", "IN"}:
        return str(value) in wanted
    if how == "LIKE":
        return re.fullmatch(re.escape(wanted[0]).replace("%", ".*"), str(value)) is not None
    return float(value) > float(wanted[0]) if how == ">" else float(value) < float(wanted[0])


def _bare(text: str) -> str:
    """Without the parentheses around all of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and text.count("(") == text.count(")"):
        text = text[1:-1].strip()
    return text
