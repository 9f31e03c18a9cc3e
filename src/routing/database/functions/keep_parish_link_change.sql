CREATE OR REPLACE FUNCTION keep_parish_link_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO parish_link_change (council, parish_code, moderngov_id, state, author, reason)
        VALUES (OLD.council, OLD.parish_code, OLD.moderngov_id, NULL, OLD.author, '');
    ELSIF TG_OP = 'INSERT' OR (OLD.state, OLD.author, OLD.reason) IS DISTINCT FROM (NEW.state, NEW.author, NEW.reason)
    THEN
        INSERT INTO parish_link_change (council, parish_code, moderngov_id, state, author, reason)
        VALUES (NEW.council, NEW.parish_code, NEW.moderngov_id, NEW.state, NEW.author, NEW.reason);
    END IF;
    RETURN NULL;
END $$;
