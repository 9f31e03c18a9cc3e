"""What citizens typed to a question is kept like the details; what is about a person, with who reported."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE report ADD COLUMN words jsonb NOT NULL DEFAULT '{}';
ALTER TABLE reporter ADD COLUMN answers jsonb NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
