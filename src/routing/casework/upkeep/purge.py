"""Retention: delete personal data after its time. Codes, decisions and the chain of history stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from routing.casework.cases.history import move
from routing.casework.cases.lifecycle import ENDED, Event
from routing.database import Transaction

HAS_REPORTER = sql.SQL(
    "(EXISTS (SELECT 1 FROM reporter p WHERE p.report = r.id)"
    " OR EXISTS (SELECT 1 FROM reporter_look l WHERE l.report = r.id)"
    " OR EXISTS (SELECT 1 FROM case_stage s WHERE s.report = r.id AND (s.personal <> '{{}}' OR s.columns <> '{{}}')))"
).format()
HAS_DETAILS = sql.SQL(
    "(r.details IS NOT NULL OR r.words <> '{{}}' OR r.closed_because IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM addition a WHERE a.given_by = r.id AND a.text IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM letter l WHERE l.report = r.id AND l.text IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM case_entry e WHERE e.report = r.id AND e.because IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM case_stage s WHERE s.report = r.id AND s.words <> '{{}}'))"
).format()
HAS_PAGE = sql.SQL("r.token_sha256 IS NOT NULL")
HAS_ADDRESS = sql.SQL(
    "EXISTS (SELECT 1 FROM delivery d WHERE d.report = r.id AND d.contact IS NOT NULL AND d.address <> '')"
)
SNAP_M = 100
"""Metres to round a point to if it is not a street's, for example of a house, or where somebody stood."""

HAS_PLACE = sql.SQL(
    "(r.answers <> '{{}}' OR EXISTS (SELECT 1 FROM case_stage s WHERE s.report = r.id AND s.fields <> '{{}}')"
    " OR r.place_name IS NOT NULL OR (r.easting <> round(r.easting / {step}) * {step}"
    " OR r.northing <> round(r.northing / {step}) * {step}) AND NOT EXISTS (SELECT FROM history h"
    " WHERE h.report = r.id AND h.event = 'purged' AND h.codes ->> 'field' = 'place'))"
).format(step=sql.Literal(SNAP_M))

COARSEN = """
UPDATE report SET answers = '{}', place_name = NULL,
    easting = CASE WHEN is_street THEN easting ELSE round(easting / %(step)s) * %(step)s END,
    northing = CASE WHEN is_street THEN northing ELSE round(northing / %(step)s) * %(step)s END
FROM (SELECT r.id AS found, r.place_name IS NOT NULL AND r.place_name !~ '[0-9]' AS is_street FROM report r
      WHERE r.id = ANY(%(ids)s)) named WHERE id = found
"""
"""Names of streets have no digits; postcodes and grid references do."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was deleted."""

    reporters: int
    details: int
    addresses: int
    places: int


def purge(tx: Transaction, process: str, days: Mapping[str, int]) -> Purged:
    """Purge reports of one process that ended long enough ago. A merged report ends with its case.

    A citizen's page works as long as we keep their personal data.

    Args:
        days: from its definition: ``reporter_days``, ``details_days`` and ``place_days``, counted from the end of the
            report or of its permission, and ``unclosed_days`` without a change, after which an open report counts as
            ended.
    """
    unclosed = days["unclosed_days"]
    reporters = _ended(tx, process, days["reporter_days"], unclosed, HAS_REPORTER)
    details = _ended(tx, process, days["details_days"], unclosed, HAS_DETAILS)
    mailed = _ended(tx, process, days["details_days"], unclosed, HAS_ADDRESS)
    places = _ended(tx, process, days["place_days"], unclosed, HAS_PLACE)
    pages = _ended(tx, process, days["reporter_days"], unclosed, HAS_PAGE)
    tx.execute("DELETE FROM reporter WHERE report = ANY(%s)", (reporters,))
    tx.execute("UPDATE case_stage SET personal = '{}', columns = '{}' WHERE report = ANY(%s)", (reporters,))
    tx.execute("DELETE FROM reporter_look WHERE report = ANY(%s)", (reporters,))
    tx.execute("DELETE FROM tracking_token WHERE report = ANY(%s)", (pages,))
    tx.execute("UPDATE report SET token_sha256 = NULL WHERE id = ANY(%s)", (pages,))
    tx.execute("UPDATE report SET details = NULL, words = '{}', closed_because = NULL WHERE id = ANY(%s)", (details,))
    tx.execute("UPDATE addition SET text = NULL WHERE given_by = ANY(%s)", (details,))
    tx.execute("UPDATE letter SET subject = NULL, text = NULL WHERE report = ANY(%s)", (details,))
    tx.execute("UPDATE case_entry SET because = NULL WHERE report = ANY(%s)", (details,))
    tx.execute("UPDATE case_stage SET words = '{}' WHERE report = ANY(%s)", (details,))
    tx.execute("DELETE FROM answer_link l USING case_entry e WHERE e.id = l.entry AND e.report = ANY(%s)", (details,))
    tx.execute("UPDATE delivery SET address = '' WHERE report = ANY(%s) AND contact IS NOT NULL", (mailed,))
    tx.execute("UPDATE case_stage SET fields = '{}' WHERE report = ANY(%s)", (places,))
    tx.execute(COARSEN, {"ids": places, "step": SNAP_M})
    purged = {"reporter": reporters, "page": pages, "details": details, "address": mailed, "place": places}
    for field, ids in purged.items():
        if ids:
            move(tx, ids, Event.PURGED, "retention", {"field": field})
    return Purged(len(reporters), len(details), len(mailed), len(places))


def _ended(tx: Transaction, process: str, days: int, unclosed_days: int, condition: sql.Composable) -> list[UUID]:
    query = sql.SQL(
        "SELECT r.id FROM report r JOIN report c ON c.id = CASE r.state WHEN 'merged' THEN r.merged_into ELSE r.id END"
        " LEFT JOIN case_stage t ON t.report = c.id"
        " WHERE r.process = %s AND greatest(c.changed_at, t.holds_until) < casework_now() - make_interval("
        "days => %s + CASE WHEN c.state = ANY(%s) THEN 0 ELSE %s END) AND "
    )
    rows = tx.execute(query + condition, (process, days, sorted(ENDED), unclosed_days)).fetchall()
    return [row["id"] for row in rows]
