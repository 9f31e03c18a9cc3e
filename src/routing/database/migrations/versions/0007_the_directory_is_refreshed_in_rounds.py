"""Contacts are refreshed in rounds, page by page; links are proposed and reviewed; overrides have author and note."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE contact
    ADD COLUMN author text,
    ADD COLUMN note text,
    DROP CONSTRAINT contact_state_check,
    ADD CHECK (state IN ('fresh', 'stale', 'quarantined', 'vacant', 'withdrawn'));
ALTER TABLE contact_change ADD COLUMN note text NOT NULL DEFAULT '', ADD COLUMN before jsonb NOT NULL DEFAULT '{}';
ALTER TABLE parish_link RENAME COLUMN confirmed_by TO author;
ALTER TABLE parish_link
    ADD COLUMN title text NOT NULL DEFAULT '',
    ADD COLUMN state text NOT NULL DEFAULT 'confirmed',
    ADD COLUMN reason text NOT NULL DEFAULT '',
    ADD COLUMN decided_at timestamptz NOT NULL DEFAULT now(),
    DROP CONSTRAINT parish_link_pkey,
    ADD PRIMARY KEY (council, parish_code, moderngov_id);
ALTER TABLE parish_link ALTER COLUMN state DROP DEFAULT;
ALTER TABLE parish_link ADD CHECK (state IN ('proposed', 'confirmed', 'reopened', 'rejected'));
CREATE UNIQUE INDEX parish_link_one_in_use ON parish_link (council, parish_code)
    WHERE state IN ('confirmed', 'reopened');
CREATE TABLE contact_round (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    council text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    outcome text CHECK (outcome IN
        ('applied', 'held', 'accepted', 'discarded', 'superseded', 'abandoned')),
    author text NOT NULL,
    counts jsonb NOT NULL DEFAULT '{}',
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX contact_round_one_open ON contact_round (council) WHERE ended_at IS NULL;
CREATE TABLE contact_page (
    council text NOT NULL,
    moderngov_id bigint NOT NULL,
    round bigint NOT NULL REFERENCES contact_round,
    url text NOT NULL,
    said jsonb,
    problem text,
    etag text,
    last_modified text,
    parser integer NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (council, moderngov_id)
);
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
