"""The database's functions: each has a file in ``functions``, and we replace those with another body."""

import functools
import hashlib
from pathlib import Path

from sqlalchemy import Connection, text

FOLDER = Path(__file__).parent / "functions"

MADE = text(
    "SELECT proname, obj_description(oid, 'pg_proc') FROM pg_proc"
    " WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(:names)"
)


@functools.cache
def declared() -> dict[str, str]:
    """Name of a function → the statement that creates or replaces it."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))}


def replace_functions(connection: Connection) -> list[str]:
    """Create missing functions and replace those from another file; returns their names.

    A comment on each function has the hash of its file, so an up-to-date database only needs a query.
    Bodies are checked when all exist, because some call others.
    """
    made = dict(connection.execute(MADE, {"names": list(declared())}).tuples().all())
    others = {name: body for name, body in declared().items() if made.get(name) != _made_of(body)}
    for is_checked in (False, True) if others else ():
        connection.execute(
            text("SELECT set_config('check_function_bodies', :value, true)"), {"value": "on" if is_checked else "off"}
        )
        for body in others.values():
            connection.exec_driver_sql(body.replace("%", "%%"))
    for name, body in others.items():
        connection.exec_driver_sql(f"COMMENT ON FUNCTION {name} IS '{_made_of(body)}'")
    return list(others)


def _made_of(body: str) -> str:
    return f"sha256 {hashlib.sha256(body.encode()).hexdigest()}"
