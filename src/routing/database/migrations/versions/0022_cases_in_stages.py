"""Cases live on in stages until they end: entries, whom they ask, events, links to answer, letters."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE batch DROP CONSTRAINT batch_kind_check;
ALTER TABLE batch ADD CONSTRAINT batch_kind_check CHECK (kind IN ('route', 'deliver', 'advance'));
CREATE TABLE case_stage (
    report uuid PRIMARY KEY REFERENCES report (id),
    recipient text NOT NULL,
    place_state text,
    stage text,
    entry integer,
    entries integer NOT NULL,
    counts jsonb NOT NULL DEFAULT '{}',
    stood jsonb NOT NULL DEFAULT '[]',
    asked_by jsonb NOT NULL DEFAULT '[]',
    columns jsonb NOT NULL DEFAULT '{}',
    fields jsonb NOT NULL DEFAULT '{}',
    words jsonb NOT NULL DEFAULT '{}',
    personal jsonb NOT NULL DEFAULT '{}',
    review_since timestamptz,
    review_reminded integer NOT NULL DEFAULT 0,
    ended text,
    end_kind text,
    holds_until date,
    is_renewal_settled boolean NOT NULL DEFAULT false,
    is_asked_how boolean NOT NULL DEFAULT false,
    calendar text,
    promised date,
    wakes_at timestamptz,
    batch uuid REFERENCES batch (id),
    attempt integer NOT NULL DEFAULT 0,
    step integer NOT NULL DEFAULT 0
);
CREATE INDEX case_stage_due ON case_stage (wakes_at) WHERE batch IS NULL AND wakes_at IS NOT NULL;
CREATE INDEX case_stage_batch ON case_stage (batch) WHERE batch IS NOT NULL;
CREATE INDEX case_stage_stage ON case_stage (stage) WHERE stage IS NOT NULL;
CREATE TABLE case_entry (
    id uuid PRIMARY KEY,
    report uuid NOT NULL REFERENCES report (id),
    serial integer NOT NULL,
    stage text NOT NULL,
    entered_at timestamptz NOT NULL,
    left_at timestamptz,
    extended jsonb NOT NULL DEFAULT '[]',
    reminded integer NOT NULL DEFAULT 0,
    because text,
    UNIQUE (report, serial)
);
CREATE TABLE case_seat (
    entry uuid NOT NULL REFERENCES case_entry (id),
    seat text NOT NULL,
    position integer NOT NULL,
    delivery uuid,
    asked_at timestamptz,
    outcome text,
    answered_at timestamptz,
    is_unreached boolean NOT NULL DEFAULT false,
    is_replaced boolean NOT NULL DEFAULT false,
    PRIMARY KEY (entry, seat)
);
CREATE INDEX case_seat_delivery ON case_seat (delivery) WHERE delivery IS NOT NULL;
CREATE TABLE case_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report uuid NOT NULL REFERENCES report (id),
    entry uuid REFERENCES case_entry (id),
    kind text NOT NULL,
    seat text,
    rung text,
    author text NOT NULL,
    at timestamptz NOT NULL,
    said jsonb NOT NULL DEFAULT '{}',
    because text,
    applied_at timestamptz,
    outcome text
);
CREATE INDEX case_event_open ON case_event (report) WHERE applied_at IS NULL;
CREATE INDEX case_event_report ON case_event (report);
CREATE UNIQUE INDEX case_event_rung ON case_event (report, rung) WHERE rung IS NOT NULL;
CREATE TABLE answer_link (
    sha256 bytea PRIMARY KEY,
    entry uuid NOT NULL REFERENCES case_entry (id),
    seat text NOT NULL,
    issued_at timestamptz NOT NULL
);
CREATE INDEX answer_link_entry ON answer_link (entry);
CREATE TABLE letter (
    id uuid PRIMARY KEY,
    report uuid NOT NULL REFERENCES report (id),
    letter text NOT NULL,
    recipient text NOT NULL,
    subject text,
    text text,
    at timestamptz NOT NULL,
    needs_print boolean NOT NULL DEFAULT false,
    printed_at timestamptz,
    printed_by text
);
CREATE INDEX letter_report ON letter (report);
CREATE INDEX letter_to_print ON letter (at) WHERE needs_print AND printed_at IS NULL;
CREATE TABLE satisfaction (
    process text NOT NULL,
    scope text NOT NULL,
    version text NOT NULL,
    ended text NOT NULL,
    level integer NOT NULL,
    answers integer NOT NULL,
    PRIMARY KEY (process, scope, version, ended, level)
);
ALTER TABLE delivery ADD COLUMN entry uuid REFERENCES case_entry (id);
ALTER TABLE delivery ADD COLUMN letter uuid REFERENCES letter (id);
CREATE INDEX delivery_entry ON delivery (entry) WHERE entry IS NOT NULL;
CREATE INDEX delivery_letter ON delivery (letter) WHERE letter IS NOT NULL;
ALTER TABLE delivery DROP CONSTRAINT delivery_role_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_role_check
    CHECK (role IN ('to', 'copy', 'review', 'follow-up', 'citizen', 'letter', 'reminder'));
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
