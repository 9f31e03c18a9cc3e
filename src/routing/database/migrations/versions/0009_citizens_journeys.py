"""What a citizen has entered and not sent yet is kept on the server, for a day."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE journey (
    id_sha256 bytea PRIMARY KEY,
    council text NOT NULL,
    process text NOT NULL,
    entered jsonb NOT NULL DEFAULT '{}',
    begun_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    sent_at timestamptz
);
CREATE INDEX journey_age ON journey (expires_at);
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
