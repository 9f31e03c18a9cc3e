CREATE OR REPLACE FUNCTION history_append(
    report_id uuid, event text, from_state text, to_state text, actor text, codes jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_sequence integer;
    last_hash bytea;
    next_hash bytea;
    moment timestamptz := casework_clock();
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
