"""The first schema: places, contacts, definitions, casework and the engine's heartbeat."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PLACE = """
CREATE TABLE vintage (
    id text PRIMARY KEY,
    title text NOT NULL,
    source text NOT NULL,
    sha256 text NOT NULL,
    state text NOT NULL CHECK (state IN ('loaded', 'active', 'retired')),
    loaded_at timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz
);
CREATE UNIQUE INDEX vintage_one_active ON vintage (state) WHERE state = 'active';
CREATE TABLE area (
    vintage text NOT NULL REFERENCES vintage (id) ON DELETE CASCADE,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('parish', 'unparished', 'district')),
    district text NOT NULL,
    wkb bytea NOT NULL,
    PRIMARY KEY (vintage, code)
);
"""

CONTACTS = """
CREATE TABLE contact (
    id uuid PRIMARY KEY,
    council text NOT NULL,
    parish_code text NOT NULL,
    source text NOT NULL,
    source_url text NOT NULL,
    council_name text NOT NULL,
    clerk text,
    email text,
    raw_email text,
    phone text,
    address text,
    state text NOT NULL CHECK (state IN ('fresh', 'stale', 'quarantined', 'vacant')),
    reason text,
    obtained_at timestamptz NOT NULL,
    checked_at timestamptz NOT NULL,
    UNIQUE (council, parish_code, source)
);
CREATE TABLE contact_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT now(),
    change text NOT NULL,
    fields text[] NOT NULL,
    author text NOT NULL
);
CREATE INDEX contact_change_contact ON contact_change (contact_id);
CREATE TABLE parish_link (
    council text NOT NULL,
    parish_code text NOT NULL,
    moderngov_id bigint NOT NULL,
    confirmed_by text NOT NULL,
    PRIMARY KEY (council, parish_code)
);
"""

PROCESS = """
CREATE TABLE definition (
    kind text NOT NULL CHECK (kind IN ('process', 'council')),
    scope text NOT NULL,
    slug text NOT NULL,
    version text NOT NULL,
    sha256 text NOT NULL,
    text text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, scope, slug, version)
);
"""

CASEWORK = """
CREATE TABLE batch (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('route', 'deliver')),
    engine text NOT NULL,
    flow_run uuid,
    size integer NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL,
    finished_at timestamptz,
    outcome text
);
CREATE INDEX batch_open ON batch (lease_until) WHERE finished_at IS NULL;
CREATE TABLE report (
    id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    council text NOT NULL,
    process text NOT NULL,
    process_scope text NOT NULL,
    process_version text NOT NULL,
    answers jsonb NOT NULL,
    easting double precision,
    northing double precision,
    details text,
    state text NOT NULL,
    review_reason text,
    decision integer,
    attempt integer NOT NULL DEFAULT 0,
    batch uuid REFERENCES batch (id),
    token_sha256 bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX report_waiting ON report (attempt, received_at) WHERE state = 'received';
CREATE INDEX report_batch ON report (batch) WHERE batch IS NOT NULL;
CREATE INDEX report_listing ON report (council, received_at DESC);
CREATE TABLE reporter (
    id uuid PRIMARY KEY,
    report uuid NOT NULL REFERENCES report (id),
    name text,
    email text,
    phone text,
    may_pass_on boolean NOT NULL,
    given_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reporter_report ON reporter (report);
CREATE TABLE decision (
    report uuid NOT NULL REFERENCES report (id),
    sequence integer NOT NULL,
    rule text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('case', 'review')),
    reason text NOT NULL,
    author text NOT NULL,
    receipt jsonb NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report, sequence)
);
CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    report uuid NOT NULL REFERENCES report (id),
    sequence integer NOT NULL,
    recipient text NOT NULL,
    role text NOT NULL CHECK (role IN ('to', 'copy', 'review')),
    channel text NOT NULL,
    address text NOT NULL,
    message_id text NOT NULL UNIQUE,
    reason text NOT NULL,
    contact uuid,
    state text NOT NULL CHECK (state IN ('pending', 'sent', 'refused', 'exhausted', 'cancelled')),
    attempt integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    batch uuid REFERENCES batch (id),
    answer text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    UNIQUE (report, recipient, role, sequence)
);
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'pending' AND batch IS NULL;
CREATE INDEX delivery_batch ON delivery (batch) WHERE batch IS NOT NULL;
CREATE TABLE history (
    report uuid NOT NULL REFERENCES report (id),
    sequence integer NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    actor text NOT NULL,
    codes jsonb NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (report, sequence)
);
CREATE TABLE idempotency_key (
    key_sha256 bytea PRIMARY KEY,
    body_sha256 bytea NOT NULL,
    salt bytea NOT NULL,
    report uuid NOT NULL REFERENCES report (id),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
"""

HISTORY = """
CREATE FUNCTION history_append(
    report_id uuid, event text, from_state text, to_state text, actor text, codes jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_sequence integer;
    last_hash bytea;
    moment timestamptz := clock_timestamp();
    content text;
BEGIN
    PERFORM 1 FROM report r WHERE r.id = report_id FOR UPDATE;
    SELECT h.sequence, h.hash INTO last_sequence, last_hash
        FROM history h WHERE h.report = report_id ORDER BY h.sequence DESC LIMIT 1;
    last_sequence := coalesce(last_sequence, 0) + 1;
    last_hash := coalesce(last_hash, ''::bytea);
    content := concat_ws('|', report_id, last_sequence, (extract(epoch FROM moment) * 1000000)::bigint,
                         event, coalesce(from_state, ''), to_state, actor, codes::text);
    INSERT INTO history (report, sequence, at, event, from_state, to_state, actor, codes, previous, hash)
    VALUES (report_id, last_sequence, moment, event, from_state, to_state, actor, codes, last_hash,
            sha256(last_hash || convert_to(content, 'UTF8')));
END $$;
CREATE FUNCTION report_move(
    ids uuid[], from_states text[], new_state text, event text, actor text, codes jsonb
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT r.id, r.state FROM report r WHERE r.id = ANY (ids) AND r.state = ANY (from_states)
        ORDER BY r.id FOR UPDATE
    LOOP
        IF new_state IS NOT NULL THEN
            UPDATE report SET state = new_state, changed_at = now() WHERE id = found.id;
        END IF;
        PERFORM history_append(found.id, event, found.state, coalesce(new_state, found.state), actor, codes);
        RETURN NEXT found.id;
    END LOOP;
END $$;
CREATE FUNCTION history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only';
END $$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_append_only();
"""

ENGINE = """
CREATE TABLE heartbeat (
    engine text PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    prefect_reachable boolean NOT NULL,
    channel_stopped text,
    vintage text
);
"""


def upgrade() -> None:
    for part in (PLACE, CONTACTS, PROCESS, CASEWORK, HISTORY, ENGINE):
        op.execute(part)
