"""Two roles on a council's own server: one owns the schema, the other uses it and cannot change it."""

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
"""Permissions of the programs. They can add to histories but not change them, or the secret for hashing addresses."""


def upgrade_as(owner_url: str, url: str) -> None:
    """Upgrade a database to the newest schema, and grant the programs' role what it needs.

    Args:
        owner_url: address with the role that owns the schema.
        url: address of the programs, for its role; the same if there is one role.
    """
    upgrade(owner_url)
    role = conninfo_to_dict(url).get("user")
    if role is None or owner_url == url:
        return
    with psycopg.connect(owner_url, autocommit=True) as connection:
        row = connection.execute("SELECT current_user = %s", (role,)).fetchone()
        if row is not None and not row[0]:
            connection.execute(sql.SQL(GRANTS).format(role=sql.Identifier(str(role))))
