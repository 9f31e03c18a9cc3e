"""Vintages with findings, dates and a log of activations; lineage of retired codes."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VINTAGE = """
ALTER TABLE vintage ADD COLUMN valid_from date;
ALTER TABLE vintage ADD COLUMN valid_to date;
ALTER TABLE vintage ADD COLUMN manifest jsonb NOT NULL DEFAULT '{}';
ALTER TABLE vintage ADD COLUMN findings jsonb NOT NULL DEFAULT '[]';
ALTER TABLE vintage DROP CONSTRAINT vintage_state_check;
ALTER TABLE vintage ADD CONSTRAINT vintage_state_check
    CHECK (state IN ('loaded', 'waiting', 'refused', 'active', 'retired', 'withdrawn'));
CREATE TABLE activation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vintage text NOT NULL REFERENCES vintage (id),
    at timestamptz NOT NULL DEFAULT now(),
    author text NOT NULL
);
INSERT INTO activation (vintage, at, author)
    SELECT id, coalesce(activated_at, loaded_at), 'before 0004' FROM vintage WHERE activated_at IS NOT NULL
    ORDER BY activated_at;
"""

LINEAGE = """
CREATE TABLE code_change (
    vintage text NOT NULL REFERENCES vintage (id) ON DELETE CASCADE,
    old_code text NOT NULL,
    new_code text NOT NULL,
    share double precision,
    is_sole boolean NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (vintage, old_code, new_code)
);
ALTER TABLE report ADD COLUMN area_code text;
CREATE INDEX report_area_code ON report (area_code) WHERE area_code IS NOT NULL;
UPDATE report r SET area_code = d.receipt -> 'place' ->> 'code'
    FROM decision d WHERE d.report = r.id AND d.sequence = r.decision;
"""


def upgrade() -> None:
    op.execute(VINTAGE)
    op.execute(LINEAGE)
