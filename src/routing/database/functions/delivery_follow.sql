CREATE OR REPLACE FUNCTION delivery_follow(
    original uuid, given_reason text, given_addition uuid, given_recipient text, given_address text, given_contact uuid,
    given_channel text DEFAULT NULL
) RETURNS integer LANGUAGE sql AS $$
    INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, contact,
                          addition, follows, state)
    SELECT n.id, d.report, (SELECT greatest((SELECT max(k.sequence) FROM decision k WHERE k.report = d.report),
               (SELECT max(e.sequence) FROM delivery e WHERE e.report = d.report)) + 1),
           given_recipient, 'follow-up', coalesce(given_channel, d.channel), coalesce(given_address, d.address),
           '<' || n.id || substring(d.message_id FROM '@.*'), given_reason, given_contact,
           given_addition, d.id, 'pending'
    FROM delivery d, (SELECT gen_random_uuid() AS id) n WHERE d.id = original
    RETURNING sequence
$$;
