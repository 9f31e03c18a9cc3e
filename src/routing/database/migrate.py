"""The one Alembic chain: bring a database to the newest schema."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from routing.database.connection import Transaction

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a revision; safe to call from several processes at once (they wait for each other)."""
    from alembic import command

    config = _config()
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    command.upgrade(config, revision)


def read_revision(tx: Transaction) -> str | None:
    """The revision of a database's schema; None where there is no schema yet."""
    made = tx.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS made").fetchone()
    row = tx.execute("SELECT version_num FROM alembic_version").fetchone() if made and made["made"] else None
    return row["version_num"] if row else None


def is_older(tx: Transaction) -> bool:
    """Whether a database's schema is older than this Waywarden, or there is none yet; not where a newer one made it."""
    found = read_revision(tx)
    return found is None or (found != newest_revision() and is_known(found))


@functools.cache
def newest_revision() -> str:
    """The revision to which this Waywarden brings a database."""
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


def is_known(revision: str) -> bool:
    """Whether a revision is one of this Waywarden's; else a newer one made it."""
    from alembic.script import ScriptDirectory

    return revision in {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
