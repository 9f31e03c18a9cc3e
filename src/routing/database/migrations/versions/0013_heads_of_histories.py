"""A report knows the head of its history, days are anchored, and heartbeats say since when something is away."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE report ADD COLUMN history_hash bytea;
CREATE TABLE history_anchor (
    day date PRIMARY KEY,
    rows bigint NOT NULL,
    sha256 bytea NOT NULL,
    anchored_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE heartbeat
    ADD COLUMN mail_trouble text,
    ADD COLUMN mail_since timestamptz,
    ADD COLUMN mail_accepted timestamptz,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN prefect_trouble text,
    ADD COLUMN prefect_since timestamptz;
"""

APPEND = """
CREATE OR REPLACE FUNCTION history_append(
    report_id uuid, event text, from_state text, to_state text, actor text, codes jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_sequence integer;
    last_hash bytea;
    next_hash bytea;
    moment timestamptz := clock_timestamp();
    content text;
BEGIN
    PERFORM 1 FROM report r WHERE r.id = report_id FOR UPDATE;
    SELECT h.sequence, h.hash INTO last_sequence, last_hash
        FROM history h WHERE h.report = report_id ORDER BY h.sequence DESC LIMIT 1;
    last_sequence := coalesce(last_sequence, 0) + 1;
    last_hash := coalesce(last_hash, ''::bytea);
    content := concat_ws('|', report_id, last_sequence, (extract(epoch FROM moment) * 1000000)::bigint,
                         event, coalesce(from_state, ''), to_state, actor, codes::text);
    next_hash := sha256(last_hash || convert_to(content, 'UTF8'));
    INSERT INTO history (report, sequence, at, event, from_state, to_state, actor, codes, previous, hash)
    VALUES (report_id, last_sequence, moment, event, from_state, to_state, actor, codes, last_hash, next_hash);
    UPDATE report r SET history_hash = next_hash WHERE r.id = report_id;
END $$;
"""

MOVE = """
CREATE OR REPLACE FUNCTION report_move(
    ids uuid[], from_states text[], new_state text, event text, actor text, codes jsonb
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    held uuid[];
    moment timestamptz := clock_timestamp();
BEGIN
    -- Held in a statement of its own: the next one then sees what was committed while this one waited.
    SELECT array_agg(locked.id) INTO held FROM (
        SELECT r.id FROM report r WHERE r.id = ANY (ids) AND r.state = ANY (from_states) ORDER BY r.id FOR UPDATE
    ) locked;
    WITH added AS (
        INSERT INTO history (report, sequence, at, event, from_state, to_state, actor, codes, previous, hash)
        SELECT n.id, n.sequence, moment, report_move.event, n.from_state, n.to_state, report_move.actor,
               report_move.codes, n.previous, sha256(n.previous || convert_to(concat_ws('|', n.id, n.sequence,
                   (extract(epoch FROM moment) * 1000000)::bigint, report_move.event, n.from_state, n.to_state,
                   report_move.actor, report_move.codes::text), 'UTF8'))
        FROM (
            SELECT r.id, r.state AS from_state, coalesce(new_state, r.state) AS to_state,
                   coalesce(last.sequence, 0) + 1 AS sequence, coalesce(last.hash, ''::bytea) AS previous
            FROM report r LEFT JOIN LATERAL (
                SELECT h.sequence, h.hash FROM history h WHERE h.report = r.id ORDER BY h.sequence DESC LIMIT 1
            ) last ON true WHERE r.id = ANY (held)
        ) n
        RETURNING report, hash
    )
    UPDATE report r SET history_hash = added.hash, state = coalesce(new_state, r.state),
        changed_at = CASE WHEN new_state IS NULL THEN r.changed_at ELSE now() END
        FROM added WHERE r.id = added.report;
    RETURN QUERY SELECT unnest(held);
END $$;
"""


def upgrade() -> None:
    for part in (TABLES, APPEND, MOVE):
        op.execute(part)
