"""Histories of many reports in one statement, and `sent` with its line of history in one round trip."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

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
    INSERT INTO history (report, sequence, at, event, from_state, to_state, actor, codes, previous, hash)
    SELECT n.id, n.sequence, moment, report_move.event, n.from_state, n.to_state, report_move.actor, report_move.codes,
           n.previous, sha256(n.previous || convert_to(concat_ws('|', n.id, n.sequence,
               (extract(epoch FROM moment) * 1000000)::bigint, report_move.event, n.from_state, n.to_state,
               report_move.actor, report_move.codes::text), 'UTF8'))
    FROM (
        SELECT r.id, r.state AS from_state, coalesce(new_state, r.state) AS to_state,
               coalesce(last.sequence, 0) + 1 AS sequence, coalesce(last.hash, ''::bytea) AS previous
        FROM report r LEFT JOIN LATERAL (
            SELECT h.sequence, h.hash FROM history h WHERE h.report = r.id ORDER BY h.sequence DESC LIMIT 1
        ) last ON true WHERE r.id = ANY (held)
    ) n;
    IF new_state IS NOT NULL THEN
        UPDATE report r SET state = new_state, changed_at = now() WHERE r.id = ANY (held);
    END IF;
    RETURN QUERY SELECT unnest(held);
END $$;
"""

SENT = """
CREATE FUNCTION delivery_sent(
    delivery_id uuid, given_answer text, sent_from text[], sent_to text, copy_from text[], next_id uuid, next_batch uuid
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    row record;
    codes jsonb;
    moved uuid;
BEGIN
    -- The order in which everything takes its locks: the report, then its deliveries.
    PERFORM 1 FROM report r WHERE r.id = (SELECT d.report FROM delivery d WHERE d.id = delivery_id) FOR UPDATE;
    SELECT d.report, d.recipient, d.role, d.state INTO row FROM delivery d
        WHERE d.id = delivery_id AND d.sent_at IS NULL FOR UPDATE;
    IF FOUND THEN
        codes := jsonb_build_object('delivery', delivery_id, 'recipient', row.recipient, 'role', row.role);
        -- Cancelled or given up while it was being handed over: it stays that, and its acceptance is on record.
        UPDATE delivery d SET sent_at = clock_timestamp(), answer = given_answer,
            state = CASE WHEN d.state = 'pending' THEN 'sent' ELSE d.state END,
            batch = CASE WHEN d.state = 'pending' THEN NULL ELSE d.batch END
            WHERE d.id = delivery_id;
        IF row.role = 'to' AND row.state = 'pending' THEN
            SELECT * INTO moved FROM report_move(ARRAY[row.report], sent_from, sent_to, 'sent', 'channel', codes);
        END IF;
        IF moved IS NULL THEN
            PERFORM report_move(ARRAY[row.report], copy_from, NULL, 'copy-sent', 'channel', codes);
        END IF;
    END IF;
    -- Asked last, in a statement of its own: it sees what was committed while this one waited for its locks.
    RETURN EXISTS (SELECT 1 FROM delivery d JOIN batch b ON b.id = d.batch WHERE d.id = next_id AND d.batch = next_batch
        AND d.state = 'pending' AND b.finished_at IS NULL AND b.lease_until > now());
END $$;
"""


def upgrade() -> None:
    op.execute(MOVE)
    op.execute(SENT)
