"""``waywarden boundaries``: the commands put together."""

import typer

from routing.cli import boundary_import, vintages

app = typer.Typer(help="Load parish boundaries, check them, and choose which are in use.", no_args_is_help=True)

for name, command in (
    ("sources", boundary_import.sources),
    ("refresh", boundary_import.refresh),
    ("load", boundary_import.load),
    ("list", vintages.list_),
    ("check", vintages.check_),
    ("compare", vintages.compare_),
    ("activate", vintages.activate_),
    ("rollback", vintages.rollback_),
    ("export", vintages.export_),
):
    app.command(name)(command)
