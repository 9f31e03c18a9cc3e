CREATE OR REPLACE FUNCTION casework_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    -- The time of cases; ahead of the real time only in development and tests (routing.present).
    SELECT now() + make_interval(secs => coalesce(nullif(current_setting('waywarden.ahead', true), ''), '0')::float8)
$$;
