"""``waywarden db``: the schema."""

import typer

from routing.cli.output import Json, echo, print_json

app = typer.Typer(help="Manage the database schema.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Manage the database schema."""


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Upgrade the database schema. You can run it again, or at the same time as somebody else."""
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
    """Open psql on the database, in the version that fits the server. This works for the embedded server too."""
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
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # psql handles Ctrl-C itself: it ends a query
        done = subprocess.run([str(psql)], env=environment_for(url), check=False)
    raise typer.Exit(done.returncode)
