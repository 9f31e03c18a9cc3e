"""What 0012 and 0013 left over because it takes long: heads of the histories that are there, and indexes.

Nobody is held up by it. It runs in no transaction of its own, so what it does can be begun again at any place.
"""

from alembic import op
from sqlalchemy import text

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

HEADS = """
DO $$
DECLARE
    ids uuid[];
    done uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    LOOP
        SELECT array_agg(next.id ORDER BY next.id) INTO ids
            FROM (SELECT r.id FROM report r WHERE r.id > done ORDER BY r.id LIMIT 1000) next;
        EXIT WHEN ids IS NULL;
        -- Held in a statement of its own: the next one then sees what was committed while this one waited.
        PERFORM FROM report r WHERE r.id = ANY (ids) AND r.history_hash IS NULL ORDER BY r.id FOR UPDATE;
        UPDATE report r SET history_hash = (
            SELECT h.hash FROM history h WHERE h.report = r.id ORDER BY h.sequence DESC LIMIT 1)
            WHERE r.id = ANY (ids) AND r.history_hash IS NULL;
        done := ids[cardinality(ids)];
        COMMIT;
    END LOOP;
END $$;
"""

INDEXES = {
    "delivery_citizen": "delivery (address_hash, written_at) WHERE address_hash IS NOT NULL",
    "delivery_recipient": "delivery (address, sent_at) WHERE sent_at IS NOT NULL AND role <> 'citizen'",
    "delivery_digest": "delivery (digest) WHERE digest IS NOT NULL AND state = 'pending'",
    "history_at": "history USING brin (at)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(HEADS)
        for name, on in INDEXES.items():
            find = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
            is_valid = op.get_bind().scalar(find, {"name": name})
            if is_valid is False:  # one that was broken off
                op.execute(f"DROP INDEX CONCURRENTLY {name}")
            if not is_valid:
                op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {on}")
