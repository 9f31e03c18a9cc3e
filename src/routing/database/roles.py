"""Two roles where a council brings its own server: one owns the schema, the other works in it and cannot change it."""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from routing.database.migrate import upgrade

GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role};
REVOKE UPDATE, DELETE ON history, history_anchor FROM {role};
REVOKE INSERT, UPDATE, DELETE ON alembic_version, installation FROM {role};
"""
"""What the programs need. Histories are added to and never changed, nor the secret that addresses are hashed with."""


def upgrade_as(owner_url: str, url: str) -> None:
    """Bring a database to the newest schema, and let the role of the programs work in it.

    Args:
        owner_url: as the role that owns the schema.
        url: as the programs connect, of which the role counts; the same, where there is one role.
    """
    upgrade(owner_url)
    role = conninfo_to_dict(url).get("user")
    if role is None or owner_url == url:
        return
    with psycopg.connect(owner_url, autocommit=True) as connection:
        row = connection.execute("SELECT current_user = %s", (role,)).fetchone()
        if row is not None and not row[0]:
            connection.execute(sql.SQL(GRANTS).format(role=sql.Identifier(str(role))))
