"""``waywarden db``: the schema."""

import typer

from routing.cli.output import Json, print_json

app = typer.Typer(help="Look after the database's schema.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Look after the database's schema."""


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the database to the newest schema; safe to run again and while others run it."""
    from routing.cli.opening import database_url
    from routing.database import Database
    from routing.database import upgrade as upgrade_schema
    from routing.settings import read_settings

    with database_url(read_settings()) as url:
        upgrade_schema(url)
        database = Database(url, connections=1)
        with database.transaction() as tx:
            row = tx.execute("SELECT version_num FROM alembic_version").fetchone()
        database.close()
    revision = row["version_num"] if row else None
    print_json({"revision": revision}) if as_json else typer.echo(f"The schema is at revision {revision}.")
