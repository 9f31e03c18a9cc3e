CREATE OR REPLACE FUNCTION delivery_sent(
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
    SELECT d.report, d.recipient, d.role, d.state, d.contact, d.entry INTO row FROM delivery d
        WHERE d.id = delivery_id AND d.sent_at IS NULL FOR UPDATE;
    IF FOUND THEN
        codes := jsonb_build_object('delivery', delivery_id, 'recipient', row.recipient, 'role', row.role);
        -- Cancelled or given up while it was being handed over: it stays that, and its acceptance is on record.
        UPDATE delivery d SET sent_at = clock_timestamp(), answer = given_answer,
            state = CASE WHEN d.state = 'pending' THEN 'sent' ELSE d.state END,
            batch = CASE WHEN d.state = 'pending' THEN NULL ELSE d.batch END
            WHERE d.id = delivery_id;
        -- The time of whoever it asks begins when the channel has accepted it (docs/process-language.md).
        IF row.entry IS NOT NULL AND row.role = 'to' THEN
            UPDATE case_seat s SET asked_at = casework_now() WHERE s.entry = row.entry AND s.delivery = delivery_id
                AND s.asked_at IS NULL;
            -- Whoever is just changing the case has not seen that, and would let nobody look at it again.
            UPDATE case_stage c SET wakes_at = coalesce(c.wakes_at, casework_now()), step = c.step + 1
                WHERE c.report = row.report AND c.ended IS NULL;
        ELSIF row.role = 'letter' THEN
            UPDATE case_seat s SET asked_at = casework_now() WHERE s.delivery = delivery_id AND s.asked_at IS NULL;
            IF FOUND THEN
                UPDATE case_stage c SET wakes_at = coalesce(c.wakes_at, casework_now()), step = c.step + 1
                    WHERE c.report = row.report AND c.ended IS NULL;
            END IF;
        END IF;
        IF row.role = 'to' AND row.state = 'pending' THEN
            SELECT * INTO moved FROM report_move(ARRAY[row.report], sent_from, sent_to, 'sent', 'channel', codes);
        END IF;
        IF moved IS NOT NULL THEN
            PERFORM delivery_tell_sent(row.report);
        ELSE
            PERFORM report_move(ARRAY[row.report], copy_from, NULL, 'copy-sent', 'channel', codes);
        END IF;
        -- Withdrawn while it was being handed over: whoever got it hears so, also who got a copy.
        IF row.state = 'cancelled' AND report_state = 'withdrawn' AND row.role IN ('to', 'review', 'copy') THEN
            PERFORM delivery_follow(delivery_id, withdrawn_reason, NULL, row.recipient, NULL, row.contact);
        END IF;
        -- A digest is the message of all who stand in it, also of one that was cancelled while it was handed over.
        IF cardinality(members) > 0 THEN
            FOR member IN SELECT m.id, m.report, m.recipient, m.role, m.state, m.contact FROM delivery m
                WHERE m.id = ANY (members) AND m.sent_at IS NULL ORDER BY m.report FOR UPDATE
            LOOP
                UPDATE delivery d SET sent_at = clock_timestamp(), answer = given_answer, digest = delivery_id,
                    batch = NULL, state = CASE WHEN d.state = 'pending' THEN 'sent' ELSE d.state END
                    WHERE d.id = member.id;
                PERFORM report_move(ARRAY[member.report], copy_from, NULL, 'copy-sent', 'channel', jsonb_build_object(
                    'delivery', member.id, 'recipient', member.recipient, 'role', member.role, 'digest', delivery_id));
                IF member.state = 'cancelled' AND member.role IN ('to', 'review', 'copy')
                    AND EXISTS (SELECT FROM report r WHERE r.id = member.report AND r.state = 'withdrawn') THEN
                    PERFORM delivery_follow(member.id, withdrawn_reason, NULL, member.recipient, NULL, member.contact);
                END IF;
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
