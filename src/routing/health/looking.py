"""Look at an installation's database with a few short queries that change nothing."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from routing.database import Database, Transaction, is_older
from routing.errors import StoreUnavailable
from routing.health.marks import free_bytes, last_well
from routing.health.seen import CasesSeen, ChannelSeen, Engine, Refresh, Seen
from routing.place import SHIPPED
from routing.vocabulary import SMTP

SILENT_S = 30
"""We take an engine that is silent for longer as stopped."""

# The heartbeat is the engine's table. This room reads it and never writes it.
ENGINES = """
SELECT count(*) FILTER (WHERE living) AS living, max(seen_at) AS last_seen,
       coalesce(bool_or(prefect_reachable) FILTER (WHERE living), false) AS is_prefect_there,
       min(prefect_since) FILTER (WHERE living) AS prefect_since,
       max(seen_at) FILTER (WHERE prefect_reachable) AS prefect_seen,
       (array_agg(prefect_trouble ORDER BY prefect_since) FILTER (WHERE living AND NOT prefect_reachable))[1]
           AS prefect_trouble
FROM (SELECT *, ended_at IS NULL AND seen_at > now() - make_interval(secs => %s) AS living FROM heartbeat) h
"""

# An engine of a former version writes the state of mail to its own columns, and does not change ``channels``.
CHANNELS = """
SELECT channel, (array_agg(coalesce(stopped, trouble)) FILTER (WHERE living AND NOT works))[1] AS trouble,
       coalesce(bool_or(stopped IS NOT NULL) FILTER (WHERE living), false) AS is_stopped,
       min(since) FILTER (WHERE living AND NOT works) AS since, max(accepted_at) AS last_sent
FROM (
    SELECT c.*, coalesce(c.stopped, c.trouble) IS NULL AS works,
           h.ended_at IS NULL AND h.seen_at > now() - make_interval(secs => %s) AS living
    FROM heartbeat h, LATERAL (
        SELECT e.key AS channel, e.value ->> 'stopped' AS stopped, e.value ->> 'trouble' AS trouble,
               (e.value ->> 'since')::timestamptz AS since,
               greatest((e.value ->> 'accepted_at')::timestamptz, CASE e.key WHEN 'smtp' THEN h.mail_accepted END)
                   AS accepted_at
        FROM jsonb_each(h.channels) e WHERE (e.value ->> 'at')::timestamptz >= h.seen_at
        UNION ALL SELECT 'smtp', h.channel_stopped, h.mail_trouble, h.mail_since, h.mail_accepted
        WHERE NOT coalesce((h.channels -> 'smtp' ->> 'at')::timestamptz >= h.seen_at, false)
    ) c
) said GROUP BY channel HAVING bool_or(living) OR channel = 'smtp'
"""

# Sent messages are in neither of the two indexes that this reads, so their number does not matter. A message that waits
# on purpose is not late: for the end of an hour (held), for the head of its digest, for the message that it follows.
WAITING = """
WITH pending AS (
    SELECT * FROM delivery WHERE state = 'pending' AND batch IS NULL
    UNION ALL SELECT * FROM delivery WHERE state = 'pending' AND batch IS NOT NULL
), waiting AS (
    SELECT d.channel, d.due_at, d.batch, d.answer, CASE WHEN d.held_at IS NULL
            THEN greatest(d.created_at, (SELECT f.sent_at FROM delivery f WHERE f.id = d.follows))
        WHEN d.attempt = 0 AND d.answer IS NULL THEN d.due_at
        ELSE date_trunc('hour', d.held_at) + interval '1 hour' END AS leaves_at
    FROM pending d WHERE (d.due_at <= now() OR d.attempt > 0 OR d.answer IS NOT NULL)
      AND (d.digest IS NULL OR d.digest = d.id) AND delivery_has_turn(d.follows)
)
SELECT channel, count(*) FILTER (WHERE batch IS NULL) AS waiting, min(leaves_at) AS oldest,
       min(due_at) FILTER (WHERE batch IS NULL AND due_at <= now()) AS untaken_since,
       min(leaves_at) FILTER (WHERE leaves_at > coalesce(last_sent, '-infinity'::timestamptz)) AS unaccepted_since,
       (array_agg(answer ORDER BY due_at DESC) FILTER (WHERE answer IS NOT NULL))[1] AS last_answer
FROM waiting LEFT JOIN unnest(%s::text[], %s::timestamptz[]) AS accepted (channel, last_sent) USING (channel)
GROUP BY channel
"""

AWAY = """
SELECT p.council, max(p.read_at) AS away_since, min(p.problem) AS problem FROM contact_page p
WHERE p.council = ANY(%s) GROUP BY p.council HAVING bool_and(p.problem IS NOT NULL)
"""


def look(
    database: Database, councils: Iterable[str], data_dir: Path | None, conflicts: Sequence[str] = (), folder: str = ""
) -> Seen:
    """What an installation shows now; never fails on what it finds.

    Args:
        councils: slugs of the councils on this service.
        data_dir: folder whose disk is checked; None for none.
        conflicts: definitions that were changed without a new version, a sentence each.
        folder: of an embedded server; empty for a server of the council's own.
    """
    known = last_well(data_dir)
    found = Seen(conflicts=tuple(conflicts), free_bytes=free_bytes(data_dir), folder=folder, last_well=known)
    try:
        with database.transaction() as tx:
            row = tx.execute("SELECT current_setting('transaction_read_only') AS is_read_only").fetchone()
            is_read_only = row is None or row["is_read_only"] == "on"
            if is_older(tx):
                return replace(found, database="older")
            if is_read_only:
                return replace(found, database="read-only", last_well=known | _written(tx, known))
            return _in_store(tx, found, list(councils))
    except StoreUnavailable:
        return replace(found, database="away")
    except psycopg.errors.InsufficientPrivilege:
        return replace(found, database="closed")
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedFunction):
        return replace(found, database="newer")


def _written(tx: Transaction, known: Mapping[str, datetime.datetime]) -> dict[str, datetime.datetime]:
    """When the database was last written to, as far as we know. Every engine writes to it every few seconds."""
    said = _one(tx, "SELECT max(seen_at) AS at FROM heartbeat")["at"]
    moments = [each for each in (said, known.get("database")) if each is not None]
    return {"database": max(moments)} if moments else {}


STRANDED = """
SELECT r.reference FROM case_stage c JOIN report r ON r.id = c.report
WHERE c.ended IS NULL AND c.wakes_at IS NULL AND c.batch IS NULL
    AND NOT EXISTS (SELECT FROM delivery d WHERE d.report = c.report AND d.state = 'pending'
        AND d.role IN ('to', 'letter'))
    AND NOT EXISTS (SELECT FROM case_event v WHERE v.report = c.report AND v.applied_at IS NULL)
ORDER BY r.received_at LIMIT 3
"""


def _in_store(tx: Transaction, found: Seen, councils: list[str]) -> Seen:
    engines = _one(tx, ENGINES, (SILENT_S,))
    vintage = tx.execute("SELECT title, loaded_at FROM vintage WHERE state = 'active'").fetchone()
    cases = _one(
        tx,
        "SELECT count(*) AS due, now() - (casework_now() - min(wakes_at)) AS since,"
        " (SELECT count(*) FROM case_stage WHERE batch IS NOT NULL) AS taken"
        " FROM case_stage WHERE batch IS NULL AND wakes_at <= casework_now()",
    )
    stranded = tx.execute(STRANDED).fetchall()
    waiting = _one(tx, "SELECT count(*) AS n, min(received_at) AS since FROM report WHERE state = 'received'")
    living = engines["living"]
    return replace(
        found,
        engine=Engine(
            living,
            engines["last_seen"],
            engines["is_prefect_there"],
            engines["prefect_since"],
            engines["prefect_trouble"],
            engines["prefect_seen"],
        ),
        channels=_channels(tx),
        boundaries_at=vintage["loaded_at"] if vintage else None,
        has_boundaries=vintage is not None,
        is_shipped=vintage is not None and vintage["title"] == SHIPPED,
        refreshes=_refreshes(tx, councils),
        received=waiting["n"],
        received_since=waiting["since"],
        cases=CasesSeen(cases["due"], cases["since"], cases["taken"], tuple(each["reference"] for each in stranded)),
    )


def _channels(tx: Transaction) -> dict[str, ChannelSeen]:
    """The state of each channel that an engine or a waiting message names."""
    said = {row.pop("channel"): row for row in tx.execute(CHANNELS, (SILENT_S,)).fetchall()}
    last_sent = [row["last_sent"] for row in said.values()]
    waiting = {row.pop("channel"): row for row in tx.execute(WAITING, (list(said), last_sent)).fetchall()}
    return {name: ChannelSeen(**said.get(name, {}), **waiting.get(name, {})) for name in {SMTP, *said, *waiting}}


def _one(tx: Transaction, query: str, values: tuple[Any, ...] = ()) -> dict[str, Any]:
    row = tx.execute(query, values).fetchone()
    assert row is not None
    return row


def _refreshes(tx: Transaction, councils: list[str]) -> list[Refresh]:
    held = tx.execute(
        "SELECT council, min(ended_at) AS held_at FROM contact_round WHERE outcome = 'held' AND council = ANY(%s)"
        " GROUP BY council",
        (councils,),
    ).fetchall()
    away = tx.execute(AWAY, (councils,)).fetchall()
    return [Refresh(row["council"], held_at=row["held_at"]) for row in held] + [
        Refresh(row["council"], away_since=row["away_since"], problem=row["problem"]) for row in away
    ]
