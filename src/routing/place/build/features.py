"""A table of features, and how one of them is named to a person."""

import re
from typing import Any

from numpy.typing import NDArray

from routing.vocabulary import printable

Table = dict[str, NDArray[Any]]
"""Column → values, one for each feature."""

GSS_CODE = re.compile(r"[EWSN][0-9]{8}")


def named(table: Table, number: int) -> str:
    """A feature as a person finds it: by its place in the file, and by the first GSS code in its row."""
    cells = (str(values[number]).strip() for values in table.values())
    code = next((cell for cell in cells if GSS_CODE.fullmatch(cell)), None)
    return f"feature {number + 1}" + (f" ({code})" if code else "")


def tidied(table: Table) -> Table:
    """A table whose columns are named without what nobody sees and blanks around them; of two alike, the first."""
    found: Table = {}
    for name, values in table.items():
        found.setdefault(printable(name), values)
    return found
