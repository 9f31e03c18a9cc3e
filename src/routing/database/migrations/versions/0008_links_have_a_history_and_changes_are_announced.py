"""Every change of a link is kept, and what changed of a contact is announced once, whoever changed it."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE contact_change ADD COLUMN announced_at timestamptz DEFAULT now();
ALTER TABLE contact_change ALTER COLUMN announced_at DROP DEFAULT;
CREATE INDEX contact_change_unannounced ON contact_change (contact_id) WHERE announced_at IS NULL;
CREATE TABLE parish_link_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    council text NOT NULL,
    parish_code text NOT NULL,
    moderngov_id bigint NOT NULL,
    state text,
    author text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX parish_link_change_parish ON parish_link_change (council, parish_code);
CREATE FUNCTION keep_parish_link_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO parish_link_change (council, parish_code, moderngov_id, state, author, reason)
        VALUES (OLD.council, OLD.parish_code, OLD.moderngov_id, NULL, OLD.author, '');
    ELSIF TG_OP = 'INSERT' OR (OLD.state, OLD.author, OLD.reason) IS DISTINCT FROM (NEW.state, NEW.author, NEW.reason)
    THEN
        INSERT INTO parish_link_change (council, parish_code, moderngov_id, state, author, reason)
        VALUES (NEW.council, NEW.parish_code, NEW.moderngov_id, NEW.state, NEW.author, NEW.reason);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER parish_link_history AFTER INSERT OR UPDATE OR DELETE ON parish_link
    FOR EACH ROW EXECUTE FUNCTION keep_parish_link_change();
INSERT INTO parish_link_change (at, council, parish_code, moderngov_id, state, author, reason)
SELECT decided_at, council, parish_code, moderngov_id, state, author, reason FROM parish_link;
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
