"""The drill: a database filled at the first migration is brought to the newest; nothing is lost, and work goes on."""

from collections.abc import Iterator

import psycopg
import pytest

from routing import casework, contacts, place
from routing.casework import officers
from routing.database import Database, EmbeddedServer, upgrade
from tests.present import present
from tests.samples import newest

pytestmark = pytest.mark.thorough

FIRST = "0001"

FILL = """
INSERT INTO vintage (id, title, source, sha256, state, activated_at)
    VALUES ('v1', 'The first', 'file', 'x', 'active', now()), ('v0', 'Before', 'file', 'y', 'retired', now());
INSERT INTO area VALUES ('v1', 'E04999001', 'Testley', 'parish', 'E07999001', '\\x00');
INSERT INTO contact (id, council, parish_code, source, source_url, council_name, clerk, email, state, obtained_at,
                     checked_at)
    SELECT gen_random_uuid(), 'merewold', 'E0499900' || n, 'moderngov', 'https://x.example', 'Parish ' || n, 'Ada',
           'clerk' || n || '@x.example', s, now(), now()
    FROM unnest(ARRAY['fresh', 'stale', 'quarantined', 'vacant']) WITH ORDINALITY u (s, n);
INSERT INTO contact_change (contact_id, change, fields, author) SELECT id, 'new', '{email}', 'refresh' FROM contact;
INSERT INTO parish_link VALUES ('merewold', 'E04999001', 7, 'ada'), ('merewold', 'E04999002', 8, 'ada');
INSERT INTO definition (kind, scope, slug, version, sha256, text) VALUES ('process', '', 'p', '1', 'x', 'text');
INSERT INTO batch (id, kind, engine, size, lease_until, finished_at, outcome)
    VALUES (gen_random_uuid(), 'route', 'gone', 1, now(), now(), 'done');
INSERT INTO report (id, reference, council, process, process_scope, process_version, answers, easting, northing, details,
                    state, token_sha256, decision)
    SELECT gen_random_uuid(), 'WW-2222-222' || n, 'merewold', 'speeding-traffic', '', '2026-11-01', '{"nature": "x"}',
           400000, 100000, 'Most mornings.', 'received', '\\x01', CASE s WHEN 'sent' THEN 1 WHEN 'routing' THEN 1 END
    FROM unnest(ARRAY['received', 'routing', 'sent', 'review', 'closed']) WITH ORDINALITY u (s, n);
INSERT INTO reporter (id, report, email, may_pass_on) SELECT gen_random_uuid(), id, 'a@citizen.example', true FROM report;
INSERT INTO idempotency_key SELECT sha256(reference::bytea), '\\x02', '\\x03', id, now() FROM report;
SELECT history_append(id, 'received', NULL, 'received', 'web', '{}') FROM report;
SELECT report_move(ARRAY[id], '{received}', s, 'claimed', 'engine', '{}')
    FROM unnest(ARRAY['routing', 'sent', 'review', 'closed']) WITH ORDINALITY u (s, n)
    JOIN report ON reference = 'WW-2222-222' || n + 1;
INSERT INTO decision (report, sequence, rule, outcome, reason, author, receipt)
    SELECT id, 1, 'R12', 'case', 'Because.', 'table', '{}' FROM report WHERE decision IS NOT NULL;
INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, state, sent_at)
    SELECT gen_random_uuid(), id, 1, 'parish-clerk', 'to', 'smtp', 'clerk@x.example', reference || '@x', 'Because.',
           CASE state WHEN 'sent' THEN 'sent' ELSE 'pending' END, CASE state WHEN 'sent' THEN now() END
    FROM report WHERE decision IS NOT NULL;
INSERT INTO heartbeat (engine, prefect_reachable) VALUES ('host-1', true);
"""

KEPT = ("vintage", "area", "contact", "contact_change", "parish_link", "definition", "batch", "report", "reporter",
        "idempotency_key", "history", "decision", "delivery", "heartbeat")  # fmt: skip


@pytest.fixture
def drilled(postgres: EmbeddedServer) -> Iterator[tuple[Database, dict[str, int]]]:
    """A database of the first migration with rows in every table, brought to the newest; how many rows it had."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
        server.execute("CREATE DATABASE drill")
    url = postgres.url("drill")
    upgrade(url, FIRST)
    with psycopg.connect(url) as connection:
        connection.execute(FILL)
        before = counts(connection)
    upgrade(url)
    made = Database(url, connections=2)
    yield made, before
    made.close()
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
        server.execute("DROP DATABASE drill WITH (FORCE)")


def counts(connection):
    cursor = connection.cursor(row_factory=psycopg.rows.tuple_row)
    return {name: cursor.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in KEPT}


def test_nothing_is_lost_and_work_goes_on_where_it_was(drilled):
    database, before = drilled
    with database.transaction() as tx:
        assert counts(tx) == before
        assert all(before.values())
    with database.transaction() as tx:
        assert tx.execute("SELECT version_num FROM alembic_version").fetchone()["version_num"] == newest()
        assert casework.verify(tx) == (before["history"], [])
        assert place.active_vintage(tx) == "v1"
        found = contacts.read_contacts(tx, ["merewold"], ["E04999001"])
        assert found["merewold", "E04999001"].published.email == "clerk1@x.example"
        links = tx.execute("SELECT state, author FROM parish_link ORDER BY parish_code").fetchall()
        assert [tuple(row.values()) for row in links] == [("confirmed", "ada")] * 2
    with database.transaction() as tx:
        assert len(casework.release_orphaned_work(tx)) == 0  # its message still waits: nothing hangs
        batch = present(casework.claim_deliveries(tx, "host-2", 10, 60.0))
        (message,) = casework.read_outbox(tx, batch.id)
        assert message.reference == "WW-2222-2222"
        casework.mark_sent(tx, message, "data-250")
        batch = present(casework.claim_reports(tx, "host-2", 10, 60.0))
        assert batch.references == ("WW-2222-2221",)
    with database.session() as session:
        assert officers.show_report(session, "WW-2222-2222").report.state == "sent"
    with database.transaction() as tx:
        assert casework.verify(tx)[1] == []
