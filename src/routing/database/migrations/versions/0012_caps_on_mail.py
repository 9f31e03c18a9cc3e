"""How much mail one address gets: a count by the hash of a citizen's, digests for recipients, a word that stops it."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE installation (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    secret bytea NOT NULL
);
-- Each of them is drawn from the system's randomness, 122 bits of it.
INSERT INTO installation (secret)
    SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));
CREATE TABLE stopped_address (
    address_hash bytea PRIMARY KEY,
    author text NOT NULL,
    stopped_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE delivery
    ADD COLUMN address_hash bytea,
    ADD COLUMN held_at timestamptz,
    ADD COLUMN digest uuid REFERENCES delivery (id);
"""

HASH = """
CREATE FUNCTION address_hash(mailbox text) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(i.secret || convert_to(mailbox, 'UTF8')) FROM installation i
$$;
"""

WRITE = """
CREATE FUNCTION delivery_write_news(delivery_id uuid, token bytea, mailbox text, per_day integer)
    RETURNS TABLE (why_not text, hash bytea) LANGUAGE plpgsql AS $$
DECLARE
    key bytea := address_hash(mailbox);
BEGIN
    -- Whoever writes to the same mailbox does so one after the other: or two that come together would both be the last.
    PERFORM pg_advisory_xact_lock(hashtextextended('mail:' || encode(key, 'hex'), 0));
    hash := key;
    IF EXISTS (SELECT FROM stopped_address s WHERE s.address_hash = key) THEN
        why_not := 'stopped';
    ELSIF per_day > 0 AND per_day <= (SELECT count(*) FROM (SELECT FROM delivery d WHERE d.address_hash = key
        AND d.written_at > now() - interval '24 hours' AND d.id <> delivery_id LIMIT per_day) counted) THEN
        why_not := 'capped';
    ELSE
        -- An acceptance comes before this, and is told, or after it, and finds that this is being written.
        PERFORM FROM report c WHERE c.id = (SELECT coalesce(r.merged_into, r.id) FROM report r
            JOIN delivery d ON d.report = r.id WHERE d.id = delivery_id) FOR SHARE;
        INSERT INTO tracking_token (sha256, report) SELECT token, d.report FROM delivery d WHERE d.id = delivery_id;
        UPDATE delivery d SET written_at = clock_timestamp(), address_hash = key WHERE d.id = delivery_id;
    END IF;
    RETURN NEXT;
END $$;
"""

FREE = """
CREATE FUNCTION delivery_free_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Its head does not go out: the others wait for another one. Not while an engine has it in hand: if its message is
    -- accepted, it was theirs too.
    IF NOT EXISTS (SELECT FROM batch b WHERE b.id = NEW.batch AND b.finished_at IS NULL) THEN
        UPDATE delivery d SET digest = NULL WHERE d.digest = NEW.id AND d.id <> NEW.id AND d.state = 'pending';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_free_members AFTER UPDATE OF state, batch ON delivery FOR EACH ROW
    WHEN (NEW.digest = NEW.id AND NEW.state <> 'pending')
    EXECUTE FUNCTION delivery_free_members();
"""

SENT = """
CREATE FUNCTION delivery_sent(
    delivery_id uuid, given_answer text, sent_from text[], sent_to text, copy_from text[], next_id uuid,
    next_batch uuid, withdrawn_reason text, members uuid[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    row record;
    member record;
    codes jsonb;
    moved uuid;
    report_state text;
BEGIN
    -- The order in which everything takes its locks: the reports by their ids, then their deliveries.
    IF cardinality(members) > 0 THEN
        PERFORM FROM report r WHERE r.id = ANY (ARRAY(
            SELECT d.report FROM delivery d WHERE d.id = ANY (delivery_id || members))) ORDER BY r.id FOR UPDATE;
    END IF;
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
        -- A digest is the message of all who stand in it, also of one that was cancelled while it was handed over.
        IF cardinality(members) > 0 THEN
            FOR member IN SELECT m.id, m.report, m.recipient, m.role FROM delivery m
                WHERE m.id = ANY (members) AND m.sent_at IS NULL ORDER BY m.report FOR UPDATE
            LOOP
                UPDATE delivery d SET sent_at = clock_timestamp(), answer = given_answer, digest = delivery_id,
                    batch = NULL, state = CASE WHEN d.state = 'pending' THEN 'sent' ELSE d.state END
                    WHERE d.id = member.id;
                PERFORM report_move(ARRAY[member.report], copy_from, NULL, 'copy-sent', 'channel', jsonb_build_object(
                    'delivery', member.id, 'recipient', member.recipient, 'role', member.role, 'digest', delivery_id));
            END LOOP;
        END IF;
        -- A withdrawn report keeps nothing of whoever reported it, once they have been told.
        IF row.role = 'citizen' AND report_state = 'withdrawn' THEN
            DELETE FROM reporter p WHERE p.report = row.report AND NOT EXISTS (SELECT FROM delivery d
                WHERE d.report = row.report AND d.role = 'citizen' AND d.state = 'pending');
        END IF;
    END IF;
    -- Asked last, in a statement of its own: it sees what was committed while this one waited for its locks.
    RETURN EXISTS (SELECT 1 FROM delivery d JOIN batch b ON b.id = d.batch WHERE d.id = next_id AND d.batch = next_batch
        AND d.state = 'pending' AND b.finished_at IS NULL AND b.lease_until > now());
END $$;
"""


def upgrade() -> None:
    for part in (TABLES, HASH, WRITE, FREE, SENT):
        op.execute(part)
