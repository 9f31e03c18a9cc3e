"""Changes after a new vintage of the boundaries: contacts and links of codes that it retires or renames."""

from collections.abc import Mapping

from routing.contacts.links import IN_USE, reopen
from routing.database import Transaction

RECODED = "the parish has another code"
RENAMED = "the parish has another name"


def follow_codes(tx: Transaction, successors: Mapping[str, str]) -> int:
    """Copy contacts and links of retired parish codes to their new codes.

    The old entries stay, in case you go back to an earlier vintage. Entries of the new code stay too. A copied link is
    in use, and on the work list until a person has checked it.

    Args:
        successors: retired code → its single new code.

    Returns:
        How many contacts were copied.
    """
    carried = 0
    for old, new in sorted(successors.items()):
        rows = tx.execute(
            """
            INSERT INTO contact (id, council, parish_code, source, source_url, council_name, clerk, email, raw_email,
                                 phone, address, state, reason, author, note, trusted_email, obtained_at, checked_at)
            SELECT gen_random_uuid(), council, %(new)s, source, source_url, council_name, clerk, email, raw_email,
                   phone, address, state, reason, author, note, trusted_email, obtained_at, checked_at
            FROM contact WHERE parish_code = %(old)s AND state <> 'withdrawn'
            ON CONFLICT (council, parish_code, source) DO NOTHING RETURNING id
            """,
            {"old": old, "new": new},
        ).fetchall()
        with tx.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO contact_change (contact_id, change, fields, author)"
                " VALUES (%s, 'followed', '{parish_code}', 'boundaries')",
                [(row["id"],) for row in rows],
            )
        _follow_link(tx, old, new)
        carried += len(rows)
    return carried


def _follow_link(tx: Transaction, old: str, new: str) -> None:
    tx.execute(
        "INSERT INTO parish_link AS l (council, parish_code, moderngov_id, title, state, author, reason)"
        " SELECT o.council, %(new)s, o.moderngov_id, o.title, 'reopened', 'boundaries', %(why)s FROM parish_link o"
        " WHERE o.parish_code = %(old)s AND o.state = ANY(%(in_use)s) AND NOT EXISTS (SELECT 1 FROM parish_link u"
        " WHERE u.council = o.council AND u.parish_code = %(new)s AND u.state = ANY(%(in_use)s))"
        " ON CONFLICT (council, parish_code, moderngov_id) DO UPDATE"
        " SET state = excluded.state, author = excluded.author, reason = excluded.reason"
        " WHERE l.state = 'proposed'",
        {"new": new, "old": old, "why": RECODED, "in_use": IN_USE},
    )


def reopen_renamed(tx: Transaction, vintage: str, former: str) -> int:
    """Put links back on the work list if their parish has a new name in a vintage."""
    rows = tx.execute(
        "SELECT n.code FROM area n JOIN area f ON f.code = n.code AND f.vintage = %s"
        " WHERE n.vintage = %s AND n.name <> f.name",
        (former, vintage),
    ).fetchall()
    return reopen(tx, [row["code"] for row in rows], RENAMED)
