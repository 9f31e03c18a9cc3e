"""Functions are made from ``database/functions`` from now on; the overloads of former versions go."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FORMER = """
DROP FUNCTION delivery_sent(uuid, text, text[], text, text[], uuid, uuid);
DROP FUNCTION delivery_sent(uuid, text, text[], text, text[], uuid, uuid, text);
DROP FUNCTION delivery_write_news(uuid, bytea);
"""


def upgrade() -> None:
    op.execute(FORMER)
