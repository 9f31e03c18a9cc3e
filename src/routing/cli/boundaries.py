"""``waywarden boundaries``: the commands put together."""

import typer

from routing.cli import bringing, vintages

app = typer.Typer(help="Bring in parish boundaries, check them, and say which edition answers.", no_args_is_help=True)

for name, command in (
    ("sources", bringing.sources),
    ("refresh", bringing.refresh),
    ("load", bringing.load),
    ("list", vintages.list_),
    ("check", vintages.check_),
    ("compare", vintages.compare_),
    ("activate", vintages.activate_),
    ("rollback", vintages.rollback_),
    ("export", vintages.export_),
):
    app.command(name)(command)
