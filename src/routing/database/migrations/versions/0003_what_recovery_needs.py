"""What each engine has in work, runs that nobody seems to work on, and a way to find reports that are on their way."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE heartbeat ADD COLUMN runs uuid[] NOT NULL DEFAULT '{}'")
    op.execute(
        "CREATE TABLE stray_run (flow_run uuid PRIMARY KEY, flow text NOT NULL, batch uuid,"
        " patience_s double precision NOT NULL, first_seen timestamptz NOT NULL DEFAULT now())"
    )
    op.execute("CREATE INDEX batch_flow_run ON batch (flow_run) WHERE flow_run IS NOT NULL")
    op.execute("CREATE INDEX report_routing ON report (id) WHERE state = 'routing'")
