"""Citizens hear of their report, add to it, withdraw it, and join one that there is already."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE report ADD COLUMN merged_into uuid REFERENCES report (id), ADD COLUMN place_name text,
    ALTER COLUMN token_sha256 DROP NOT NULL;
CREATE INDEX report_merged ON report (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX report_near ON report (process, easting) WHERE state NOT IN ('closed', 'merged', 'withdrawn');
CREATE TABLE tracking_token (
    sha256 bytea PRIMARY KEY,
    report uuid NOT NULL REFERENCES report (id),
    issued_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tracking_token_report ON tracking_token (report);
CREATE TABLE addition (
    id uuid PRIMARY KEY,
    report uuid NOT NULL REFERENCES report (id),
    given_by uuid NOT NULL REFERENCES report (id),
    is_joining boolean NOT NULL,
    text text,
    sequence integer,
    given_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX addition_report ON addition (report);
CREATE INDEX addition_given_by ON addition (given_by);
ALTER TABLE delivery ADD COLUMN addition uuid REFERENCES addition (id),
    ADD COLUMN follows uuid REFERENCES delivery (id), ADD COLUMN written_at timestamptz,
    DROP CONSTRAINT delivery_role_check,
    ADD CONSTRAINT delivery_role_check CHECK (role IN ('to', 'copy', 'review', 'follow-up', 'citizen'));
CREATE INDEX delivery_follows ON delivery (follows) WHERE follows IS NOT NULL;
"""

FOLLOW = """
CREATE FUNCTION delivery_follow(
    original uuid, given_reason text, given_addition uuid, given_recipient text, given_address text, given_contact uuid
) RETURNS integer LANGUAGE sql AS $$
    INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, contact,
                          addition, follows, state)
    SELECT n.id, d.report, (SELECT greatest((SELECT max(k.sequence) FROM decision k WHERE k.report = d.report),
               (SELECT max(e.sequence) FROM delivery e WHERE e.report = d.report)) + 1),
           given_recipient, 'follow-up', d.channel, coalesce(given_address, d.address),
           '<' || n.id || substring(d.message_id FROM '@.*'), given_reason, given_contact,
           given_addition, d.id, 'pending'
    FROM delivery d, (SELECT gen_random_uuid() AS id) n WHERE d.id = original
    RETURNING sequence
$$;
"""

TURN = """
CREATE FUNCTION delivery_has_turn(followed uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    -- A follow-up goes after what it follows.
    SELECT followed IS NULL OR NOT EXISTS (SELECT 1 FROM delivery c WHERE c.id = followed AND c.state = 'pending')
$$;
"""

TOLD_BEFORE = """
CREATE FUNCTION delivery_tell_sent(sent uuid) RETURNS void LANGUAGE sql AS $$
    -- Who has heard that it was on its way, or is just being told so, hears that it has got there; who has not will
    -- hear just that.
    INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, state)
    SELECT n.id, n.report, n.sequence, 'reporter', 'citizen', 'smtp', '', n.id::text, '', 'pending'
    FROM (
        SELECT gen_random_uuid() AS id, r.id AS report, max(d.sequence) + 1 AS sequence
        FROM report r JOIN delivery d ON d.report = r.id AND d.role = 'citizen',
            LATERAL (SELECT EXISTS (
                SELECT FROM batch b WHERE b.id = d.batch AND d.written_at >= b.claimed_at) AS is_leaving) l
        WHERE (r.id = sent OR (r.merged_into = sent AND r.state = 'merged'))
          AND EXISTS (SELECT 1 FROM reporter p WHERE p.report = r.id AND p.email IS NOT NULL)
        GROUP BY r.id HAVING bool_or(d.state = 'sent' OR (d.state = 'pending' AND is_leaving))
            AND NOT bool_or(d.state = 'pending' AND NOT is_leaving)
    ) n
$$;
"""

WRITE = """
CREATE FUNCTION delivery_write_news(delivery_id uuid, token bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- An acceptance comes before this, and is told, or after it, and finds that this is being written.
    PERFORM FROM report c WHERE c.id =
        (SELECT coalesce(r.merged_into, r.id) FROM report r JOIN delivery d ON d.report = r.id WHERE d.id = delivery_id)
        FOR SHARE;
    INSERT INTO tracking_token (sha256, report) SELECT token, d.report FROM delivery d WHERE d.id = delivery_id;
    UPDATE delivery d SET written_at = clock_timestamp() WHERE d.id = delivery_id;
END $$;
"""

# The function of before, with one argument less, stays for engines that run while this is brought in.
SENT = """
CREATE FUNCTION delivery_sent(
    delivery_id uuid, given_answer text, sent_from text[], sent_to text, copy_from text[], next_id uuid,
    next_batch uuid, withdrawn_reason text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    row record;
    codes jsonb;
    moved uuid;
    report_state text;
BEGIN
    -- The order in which everything takes its locks: the report, then its deliveries.
    SELECT r.state INTO report_state FROM report r
        WHERE r.id = (SELECT d.report FROM delivery d WHERE d.id = delivery_id) FOR UPDATE;
    SELECT d.report, d.recipient, d.role, d.state, d.contact INTO row FROM delivery d
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
        IF moved IS NOT NULL THEN
            PERFORM delivery_tell_sent(row.report);
        ELSE
            PERFORM report_move(ARRAY[row.report], copy_from, NULL, 'copy-sent', 'channel', codes);
        END IF;
        -- Withdrawn while it was being handed over: whoever got it hears so.
        IF row.state = 'cancelled' AND report_state = 'withdrawn' AND row.role IN ('to', 'review') THEN
            PERFORM delivery_follow(delivery_id, withdrawn_reason, NULL, row.recipient, NULL, row.contact);
        END IF;
    END IF;
    -- Asked last, in a statement of its own: it sees what was committed while this one waited for its locks.
    RETURN EXISTS (SELECT 1 FROM delivery d JOIN batch b ON b.id = d.batch WHERE d.id = next_id AND d.batch = next_batch
        AND d.state = 'pending' AND b.finished_at IS NULL AND b.lease_until > now());
END $$;
"""


def upgrade() -> None:
    for part in (TABLES, FOLLOW, TURN, TOLD_BEFORE, WRITE, SENT):
        op.execute(part)
