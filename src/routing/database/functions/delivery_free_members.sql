CREATE OR REPLACE FUNCTION delivery_free_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Its head does not go out: the others wait for another one. Not while an engine has it in hand: if its message is
    -- accepted, it was theirs too.
    IF NOT EXISTS (SELECT FROM batch b WHERE b.id = NEW.batch AND b.finished_at IS NULL) THEN
        UPDATE delivery d SET digest = NULL WHERE d.digest = NEW.id AND d.id <> NEW.id AND d.state = 'pending';
    END IF;
    RETURN NULL;
END $$;
