"""The last address of a contact that was in use: another one from a source may have to wait for a person."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE contact ADD COLUMN trusted_email text;
UPDATE contact SET trusted_email = email;
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
