"""``waywarden db``: the schema."""

import typer

from routing.cli.output import Json, echo, print_json

app = typer.Typer(help="Manage the database schema.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Manage the database schema."""


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Upgrade the database schema. Safe to run again, and while others run it."""
    from routing.cli.installation import database_url
    from routing.database import Database, read_revision, upgrade_as
    from routing.settings import read_settings

    settings = read_settings()
    with database_url(settings) as url:
        upgrade_as(settings.database_owner_url or url, url)
        database = Database(url, connections=1)
        with database.transaction() as tx:
            revision = read_revision(tx)
        database.close()
    print_json({"revision": revision}) if as_json else echo(f"The schema is at revision {revision}.")


@app.command()
def shell() -> None:
    """Open psql on the database: the one that fits the server, the embedded one included."""
    import signal
    import subprocess

    from routing.cli.installation import database_url, need_installation
    from routing.database import environment_for, find_programs, snapshot
    from routing.settings import read_settings

    settings = read_settings()
    need_installation(settings)
    with database_url(settings) as url:
        with snapshot(url) as seen:
            psql = find_programs(seen.server).folder / "psql"
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends a query, and that is psql's business
        done = subprocess.run([str(psql)], env=environment_for(url), check=False)
    raise typer.Exit(done.returncode)
