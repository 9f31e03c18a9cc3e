"""``waywarden up``: run a whole installation on this machine until you stop it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.installation import alone
from routing.cli.output import Json, echo, print_json
from routing.cli.saying import say

if TYPE_CHECKING:
    from routing.cli.supervisor import Installation


Standins = Annotated[
    bool | None,
    typer.Option(
        help="Use the stand-in mailbox and Modern.Gov, and the fictional district if no boundaries are loaded; "
        "default: yes for the fictional councils."
    ),
]


def up(
    standins: Standins = None,
    as_json: Json = False,
) -> None:
    """Start PostgreSQL, Prefect, the web, the engine and a worker. Restart any that stop. Stop with Ctrl-C."""
    from routing.cli.supervisor import Installation, running
    from routing.cli.watching import SIGNALS
    from routing.settings import read_settings, shipped

    settings = read_settings()
    shipped_ones = settings.councils_dir == shipped("councils")
    stop = threading.Event()
    installation = Installation(settings, settings.data_dir, shipped_ones if standins is None else standins)
    with contextlib.ExitStack() as whole:
        lock = whole.enter_context(alone(installation.data_dir / "up.lock", "waywarden up"))
        for number in SIGNALS:
            signal.signal(number, lambda *_: stop.set())
        say("Starting. The first time takes half a minute.")
        here = whole.enter_context(running(installation))
        tell_refused(here)
        fictional = has_fictional_district(here)
        if fictional:
            fill_gazetteer(here)
        fill_directory(here)
        print_json(vars(here.addresses)) if as_json else _tell_addresses(here, fictional=fictional)
        # A signal before this line is handled here, one after it in the light supervisor.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if not stop.is_set():
            here.hand_over(lock)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        say("Stopping after work in progress is finished.")


def _tell_addresses(here: "Installation", *, fictional: bool) -> None:
    echo(f"Report something:  {here.addresses.web}/")
    if fictional:
        echo("                   (try the place Church Lane, Danesby, or the postcode ZZ1 3AH)")
    echo(prefect_lines(here))
    if here.addresses.mailbox:
        echo(f"Read the mail:     {here.addresses.mailbox}/")
    echo("Stop with Ctrl-C.")


def has_fictional_district(here: "Installation") -> bool:
    """Whether the boundaries in use are the fictional ones of Waywarden."""
    from routing.database import Database
    from routing.place import SHIPPED

    database = Database(here.database_url, connections=1)
    with database.transaction() as tx:
        row = tx.execute("SELECT title FROM vintage WHERE state = 'active'").fetchone()
    database.close()
    return row is not None and row["title"] == SHIPPED


def tell_refused(here: "Installation") -> None:
    """Say which files changed without a new version. The stored versions stay in use."""
    from routing.casework import read_catalogue
    from routing.database import Database

    catalogue = read_catalogue(here.settings.councils_dir, here.settings.processes_dir)
    database = Database(here.database_url, connections=1)
    with database.transaction() as tx:
        for each in catalogue.conflicts(tx):
            again = "Give the changed file a new version, then start again."
            say(f"{each.sentence} The stored version stays in use. {again}")
    database.close()


def prefect_lines(here: "Installation") -> str:
    """Where Prefect's UI is, and how to open it. We never print or log the password itself."""
    from routing.private import AUTH_VARIABLES, PREFECT_AUTH

    given = next((name for name in AUTH_VARIABLES if os.environ.get(name)), None)
    where = given or here.data_dir / PREFECT_AUTH
    return (
        f"Watch the runs:    {here.addresses.prefect}/\n"
        f"                   (for the password, enter the whole line in {where})"
    )


def fill_gazetteer(here: "Installation") -> None:
    """Load postcodes and names of the fictional district at the first start. A real council loads its own."""
    from routing.database import Database
    from routing.place import list_sources, load_names, load_postcodes
    from routing.place.build import read_gazetteer
    from routing.settings import shipped

    database = Database(here.database_url, connections=1)
    with database.transaction() as tx:
        if not list_sources(tx):
            for name in ("codepoint_open_zz.csv", "opname_csv_zz.csv"):
                found = read_gazetteer(shipped("data") / "boundaries" / name)
                load_postcodes(tx, found.product, found.postcodes)
                load_names(tx, found.product, found.names)
    database.close()


def fill_directory(here: "Installation") -> None:
    """Fill the directory at the first start. The nightly flow keeps it up to date."""
    from routing.database import Database

    database = Database(here.database_url, connections=1)
    with database.transaction() as tx:
        row = tx.execute("SELECT EXISTS (SELECT 1 FROM contact) AS known").fetchone()
    database.close()
    if row is not None and row["known"]:
        return
    say("Fetching the clerks from Modern.Gov.")
    command = [sys.executable, "-m", "routing.cli", "contacts", "refresh", "--json"]
    environment = os.environ | here.part_environment() | here.environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        say(f"Could not fetch the clerks. The nightly refresh will try again. {done.stderr.strip()}")
