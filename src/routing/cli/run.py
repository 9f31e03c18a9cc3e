"""``waywarden run``: one part of an installation in the foreground, for a service manager."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from routing.cli.saying import say

if TYPE_CHECKING:
    from routing.settings import Settings

DEFAULT_API = "http://127.0.0.1:4200/api"
"""The address of Prefect's server, unless PREFECT_API_URL has another one."""

app = typer.Typer(help="Run one part of an installation, for a service manager.", no_args_is_help=True)


def start_logging(level: str) -> None:
    """Log to stderr, one line for each event, with ids and codes only."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("waywarden").setLevel(level)


@app.callback()
def group() -> None:
    """Run one part of an installation, for a service manager."""
    from routing.private import OTHERS, keep_private
    from routing.settings import read_settings

    os.umask(OTHERS)
    keep_private(read_settings().data_dir)


@app.command()
def web() -> None:
    """Run the web: intake, forms, tracking, health."""
    from routing.cli.serving import serve_web
    from routing.private import readyz_auths
    from routing.settings import read_settings

    settings = read_settings()
    start_logging(settings.log_level)
    readyz_auths(settings.data_dir)  # so that the file exists for a watchdog's setup
    serve_web(settings)


@app.command()
def engine() -> None:
    """Run an engine, which decides reports and sends them. On SIGTERM it finishes its work, then stops."""
    from routing.settings import is_loopback, leads_nowhere, read_settings

    settings = read_settings()
    start_logging(settings.log_level)
    if leads_nowhere(settings.public_address) and not is_loopback(settings.smtp_host):
        text = "Citizens cannot open the links we send them (%s). Set WAYWARDEN_PUBLIC_URL for the engine too."
        logging.getLogger("waywarden.engine").error(text, settings.public_address)
    set_up_prefect(settings)  # before anything loads Prefect, which reads its settings then
    from routing.cli import FAILED
    from routing.engine import Engine, adopt, make_context, using
    from routing.private import readyz_auths

    readyz_auths(settings.data_dir)  # for a web on another machine
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ctx = make_context(settings)
    adopt(ctx)
    with ctx.database.transaction() as tx:
        ctx.boundaries.current(tx)
    with using(ctx):
        running = Engine(ctx)
        running.start()
        while running.is_alive() and not stop.wait(1.0):
            pass
        ended_by_itself = not running.is_alive()
        running.stop()
    ctx.close()
    if ended_by_itself:
        raise typer.Exit(FAILED)


def set_up_prefect(settings: "Settings") -> None:
    """Set Prefect's settings in this process and its children, except those the environment sets."""
    from routing.engine.environment import prefect_environment

    api_url = os.environ.get("PREFECT_API_URL", DEFAULT_API)
    for name, value in prefect_environment(settings, api_url, settings.prefect_database_url).items():
        os.environ.setdefault(name, value)


@app.command()
def prefect() -> None:
    """Run Prefect's server at PREFECT_API_URL, set up for Waywarden and protected by its auth string."""
    from routing.errors import ConfigurationError
    from routing.settings import is_loopback, read_settings

    settings = read_settings()
    set_up_prefect(settings)
    if "PREFECT_SERVER_DATABASE_CONNECTION_URL" not in os.environ:
        raise ConfigurationError("Set WAYWARDEN_PREFECT_DATABASE_URL, or start everything with: waywarden up")
    found = urlsplit(os.environ["PREFECT_API_URL"])
    host = found.hostname or ""
    if not is_loopback(host):
        raise ConfigurationError(
            f"PREFECT_API_URL names {host}, but this server only listens on this machine. Put a proxy with your own "
            "sign-in in front of it, and start it with: prefect server start"
        )
    _become("server", "start", "--host", host, "--port", str(found.port or 4200))


@app.command()
def worker() -> None:
    """Run the Prefect worker, which does the refreshes and the purge."""
    from routing.settings import read_settings

    set_up_prefect(read_settings())
    _become("worker", "start", "--pool", "waywarden", "--type", "process")


def _become(*arguments: str) -> None:
    """Become Prefect's command. The service manager sees one process."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "prefect", *arguments])  # noqa: S606  # our own interpreter


@app.command()
def standins(
    smtp_port: Annotated[int, typer.Option(help="SMTP port of the mailbox.")],
    mailbox_port: Annotated[int, typer.Option(help="Web port of the mailbox, to read its messages.")],
    moderngov_port: Annotated[int, typer.Option(help="Port of the Modern.Gov stand-in.")],
    folder: Annotated[Path, typer.Option(help="Folder for the mailbox's messages.")],
    clerks: Annotated[Path | None, typer.Option(help="CSV of parish councils; default: the fictional ones.")] = None,
) -> None:
    """Run the stand-ins on this machine: a mailbox that accepts every message, and a Modern.Gov."""
    import uvicorn

    from routing.settings import shipped
    from routing.standins import Mailbox, ModernGovServer, mailbox_app, read_entries, serve_smtp

    start_logging("WARNING")
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(folder / "messages.jsonl")
    controller = serve_smtp(mailbox, smtp_port)
    moderngov = ModernGovServer(read_entries(clerks or shipped("data/moderngov/clerks.csv")))
    moderngov.start(moderngov_port)
    uvicorn.run(mailbox_app(mailbox), host="127.0.0.1", port=mailbox_port, log_level="warning", access_log=False)
    moderngov.stop()
    controller.stop()
    mailbox.close()


def deploy() -> None:
    """Register Waywarden's flows with the Prefect server at PREFECT_API_URL."""
    from routing.settings import read_settings

    set_up_prefect(read_settings())  # before anything loads Prefect, which reads its settings then
    from routing.engine import deploy as register

    register(say)
    say("The flows are registered. To see them, open Deployments in Prefect's UI.")
