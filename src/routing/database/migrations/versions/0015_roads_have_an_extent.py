"""Names in two languages, and how far a road reaches: OS Open Names says both."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE place_name
            ADD COLUMN other_name text NOT NULL DEFAULT '',
            ADD COLUMN west double precision,
            ADD COLUMN south double precision,
            ADD COLUMN east double precision,
            ADD COLUMN north double precision;
        CREATE INDEX place_name_other_trigrams ON place_name
            USING gin (lower(other_name) gin_trgm_ops) WHERE other_name <> '';
        CREATE INDEX place_name_reach ON place_name USING gist (box(
            point(coalesce(west, easting), coalesce(south, northing)),
            point(coalesce(east, easting), coalesce(north, northing))));
    """)
