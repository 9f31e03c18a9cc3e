"""Labels on a page of Modern.Gov that nobody knows, with a contact behind them."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE contact_page ADD COLUMN unread text[] NOT NULL DEFAULT '{}'")
