"""The amount of a fee, from the answers. Pure."""

from collections.abc import Mapping

from routing.process.conditions import holds
from routing.process.letters import Fee


def amount_of(fee: Fee, values: Mapping[str, str], columns: Mapping[str, str]) -> str | None:
    """The amount, such as ``£35.00``; None if it depends on something that is not known.

    Args:
        values: question or field → stored answer.
        columns: question or field → its value in tables.
    """
    if fee.amount_of is not None:
        value = values.get(fee.amount_of)
        return f"£{int(value):,}" if value is not None else None
    if not fee.reads <= columns.keys():
        return None
    found = next((amount.pounds for amount in fee.amounts if holds(amount.when, columns)), None)
    return f"£{found}" if found is not None else None
