"""Postcodes and names of streets and places, so that a citizen needs no coordinates."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GAZETTEER = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE postcode (
    postcode text NOT NULL,
    easting double precision NOT NULL,
    northing double precision NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (postcode, easting, northing)
);
CREATE TABLE place_name (
    id text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    locality text NOT NULL,
    postcode_district text NOT NULL,
    easting double precision NOT NULL,
    northing double precision NOT NULL,
    source text NOT NULL
);
CREATE INDEX place_name_trigrams ON place_name USING gin (lower(name) gin_trgm_ops);
"""


def upgrade() -> None:
    op.execute(GAZETTEER)
