"""What was entered on a page and could not be taken, with what has to change: its page shows that."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE journey ADD COLUMN not_taken jsonb")
