"""What follows from another vintage of the boundaries: contacts and links of codes that it retires or renames."""

from collections.abc import Mapping

from routing.contacts.links import IN_USE, reopen
from routing.database import Transaction

RECODED = "the parish has another code"
RENAMED = "the parish has another name"


def follow_codes(tx: Transaction, successors: Mapping[str, str]) -> int:
    """Carry contacts and links of retired parish codes over to the codes that follow them.

    The old entries stay, so that going back to an earlier vintage finds them; what is known of the new code stays too.
    A link that was carried over is in use, and on the work list until a person has looked at it.

    Args:
        successors: retired code → the one code that follows it.

    Returns:
        How many contacts were carried over.
    """
    carried = 0
    for old, new in sorted(successors.items()):
        rows = tx.execute(
            """
            INSERT INTO contact (id, council, parish_code, source, source_url, council_name, clerk, email, raw_email,
                                 phone, address, state, reason, author, note, obtained_at, checked_at)
            SELECT gen_random_uuid(), council, %(new)s, source, source_url, council_name, clerk, email, raw_email,
                   phone, address, state, reason, author, note, obtained_at, checked_at
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
        tx.execute(
            "INSERT INTO parish_link (council, parish_code, moderngov_id, title, state, author, reason)"
            " SELECT council, %s, moderngov_id, title, 'reopened', 'boundaries', %s FROM parish_link"
            " WHERE parish_code = %s AND state = ANY(%s) ON CONFLICT DO NOTHING",
            (new, RECODED, old, IN_USE),
        )
        carried += len(rows)
    return carried


def reopen_renamed(tx: Transaction, vintage: str, former: str) -> int:
    """Put the links of parishes that have another name in a vintage than in a former one back on the work list."""
    rows = tx.execute(
        "SELECT n.code FROM area n JOIN area f ON f.code = n.code AND f.vintage = %s"
        " WHERE n.vintage = %s AND n.name <> f.name",
        (former, vintage),
    ).fetchall()
    return reopen(tx, [row["code"] for row in rows], RENAMED)
