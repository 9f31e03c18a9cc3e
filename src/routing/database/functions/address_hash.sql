CREATE OR REPLACE FUNCTION address_hash(mailbox text) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(i.secret || convert_to(mailbox, 'UTF8')) FROM installation i
$$;
