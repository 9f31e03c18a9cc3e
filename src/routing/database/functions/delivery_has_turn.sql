CREATE OR REPLACE FUNCTION delivery_has_turn(followed uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    -- A follow-up goes after what it follows.
    SELECT followed IS NULL OR NOT EXISTS (SELECT 1 FROM delivery c WHERE c.id = followed AND c.state = 'pending')
$$;
