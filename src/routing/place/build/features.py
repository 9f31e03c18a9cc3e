"""A table of features, and words for one of them."""

import re
from typing import Any

from numpy.typing import NDArray

from routing.vocabulary import printable

Table = dict[str, NDArray[Any]]
"""Column → values, one for each feature."""

GSS_CODE = re.compile(r"[EWSN][0-9]{8}")


def named(table: Table, number: int) -> str:
    """A feature by its position in the file and the first GSS code in its row, so that a person can find it."""
    cells = (str(values[number]).strip() for values in table.values())
    code = next((cell for cell in cells if GSS_CODE.fullmatch(cell)), None)
    return f"feature {number + 1}" + (f" ({code})" if code else "")


def tidied(table: Table) -> Table:
    """A table with column names without invisible characters and surrounding spaces. Of equal names, the first wins."""
    found: Table = {}
    for name, values in table.items():
        found.setdefault(printable(name), values)
    return found
