"""A vintage knows what it was checked against; what several sources say of one place is kept for each."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE vintage ADD COLUMN checked_against text;
ALTER TABLE postcode DROP CONSTRAINT postcode_pkey;
ALTER TABLE postcode ADD PRIMARY KEY (postcode, easting, northing, source);
ALTER TABLE place_name DROP CONSTRAINT place_name_pkey;
ALTER TABLE place_name ADD PRIMARY KEY (id, source);
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
