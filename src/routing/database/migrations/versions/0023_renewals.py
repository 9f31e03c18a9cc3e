"""A new case knows the one whose permission it renews; cases at which nobody will look again are found."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE report ADD COLUMN renews uuid REFERENCES report (id);
ALTER TABLE journey ADD COLUMN renews uuid REFERENCES report (id);
CREATE INDEX case_stage_asleep ON case_stage (report) WHERE ended IS NULL AND wakes_at IS NULL;
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
