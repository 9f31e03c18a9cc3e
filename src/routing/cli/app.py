"""All commands put together."""

from typing import Annotated

import typer

from routing import __version__
from routing.cli import (
    boundaries,
    contacts,
    database,
    demo,
    doctor,
    gazetteer,
    locate,
    mail,
    process,
    reports,
    run,
    saving,
    standin,
    up,
)

app = typer.Typer(
    name="waywarden",
    help="Send citizens' reports to the people who must act on them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False) -> None:
    """Send citizens' reports to the people who must act on them."""
    if version:
        typer.echo(f"waywarden {__version__}")
        raise typer.Exit


app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("doctor")(doctor.doctor)
app.command("locate")(locate.locate)
app.command("deploy")(run.deploy)
app.command("backup")(saving.backup)
app.command("restore")(saving.restore)
for name, group in (
    ("process", process.app),
    ("contacts", contacts.app),
    ("reports", reports.app),
    ("mail", mail.app),
    ("boundaries", boundaries.app),
    ("gazetteer", gazetteer.app),
    ("db", database.app),
    ("run", run.app),
    ("standin", standin.app),
):
    app.add_typer(group, name=name)
