CREATE OR REPLACE FUNCTION delivery_tell_sent(sent uuid) RETURNS void LANGUAGE sql AS $$
    -- Who has heard that it was on its way, or is just being told so, hears that it has got there; who has not will
    -- hear just that.
    INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, state)
    SELECT n.id, n.report, n.sequence, 'reporter', 'citizen', n.channel, '', n.id::text, '', 'pending'
    FROM (
        SELECT gen_random_uuid() AS id, r.id AS report, max(d.sequence) + 1 AS sequence,
               (array_agg(d.channel ORDER BY d.sequence DESC))[1] AS channel
        FROM report r JOIN delivery d ON d.report = r.id AND d.role = 'citizen',
            LATERAL (SELECT EXISTS (
                SELECT FROM batch b WHERE b.id = d.batch AND d.written_at >= b.claimed_at) AS is_leaving) l
        WHERE (r.id = sent OR (r.merged_into = sent AND r.state = 'merged'))
          AND EXISTS (SELECT 1 FROM reporter p WHERE p.report = r.id AND p.email IS NOT NULL)
        GROUP BY r.id HAVING bool_or(d.state = 'sent' OR (d.state = 'pending' AND is_leaving))
            AND NOT bool_or(d.state = 'pending' AND NOT is_leaving)
    ) n
$$;
