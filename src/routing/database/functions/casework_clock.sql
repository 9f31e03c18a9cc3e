CREATE OR REPLACE FUNCTION casework_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    -- The same within a transaction, as clock_timestamp() is to now().
    SELECT clock_timestamp()
        + make_interval(secs => coalesce(nullif(current_setting('waywarden.ahead', true), ''), '0')::float8)
$$;
