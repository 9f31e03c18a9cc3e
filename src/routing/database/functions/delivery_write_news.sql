CREATE OR REPLACE FUNCTION delivery_write_news(delivery_id uuid, token bytea, mailbox text, per_day integer)
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
