CREATE OR REPLACE FUNCTION report_move(
    ids uuid[], from_states text[], new_state text, event text, actor text, codes jsonb
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    held uuid[];
    moment timestamptz := casework_clock();
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
        changed_at = CASE WHEN new_state IS NULL THEN r.changed_at ELSE casework_now() END
        FROM added WHERE r.id = added.report;
    RETURN QUERY SELECT unnest(held);
END $$;
