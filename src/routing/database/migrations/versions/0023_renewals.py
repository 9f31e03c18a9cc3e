"""A new case knows the one whose permission it renews."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE report ADD COLUMN renews uuid REFERENCES report (id);
ALTER TABLE journey ADD COLUMN renews uuid REFERENCES report (id);
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
