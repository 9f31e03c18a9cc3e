"""``waywarden doctor``: what stands still, since when, and what to do; on one screen."""

import contextlib
import datetime
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from routing.cli.output import Json, echo, print_json, print_table

if TYPE_CHECKING:
    from routing.casework import Catalogue
    from routing.database import Database
    from routing.health import Asked, Seen
    from routing.settings import Settings

ADDRESSES = "addresses.json"
"""Where ``waywarden up`` writes at which ports its parts are."""

ANSWER_S = 3.0


def doctor(as_json: Json = False) -> None:
    """Say what stands still, since when, and what to do. Exit code 1 where something does."""
    from routing.cli import FAILED
    from routing.health import headline, judge
    from routing.settings import read_settings

    checks = judge(_see(read_settings()), datetime.datetime.now(datetime.UTC))
    ok, says = all(each.ok for each in checks), headline(checks)
    if as_json:
        print_json({"ok": ok, "says": says, "checks": {c.name: {"ok": c.ok, "says": c.says} for c in checks}})
    else:
        echo(f"{says}\n")
        print_table(
            ("part", "", "what is known of it"), [(c.name, "ok" if c.ok else "NOT WELL", c.says) for c in checks]
        )
    if not ok:
        raise typer.Exit(FAILED)


def _see(settings: "Settings") -> "Seen":
    """Look, and change nothing: a server that does not run is not started for it."""
    from routing.health import Seen, look
    from routing.settings import is_loopback, leads_nowhere

    folder = "" if settings.database_url else str(settings.data_dir.resolve())
    url = settings.database_url or _running(settings)
    data_dir = settings.data_dir if settings.data_dir.exists() else Path.cwd()
    if url is None:
        return replace(Seen(database="away", folder=folder), free_bytes=_free(data_dir))
    catalogue, refused = _catalogue(settings)
    with _opened(url) as database:
        seen = look(database, catalogue.councils if catalogue else [], data_dir, refused)
        if catalogue is not None and seen.database == "ok":
            seen = replace(seen, conflicts=_conflicts(catalogue, database))
    public = settings.public_url or (_addresses(settings).get("web") if settings.public_url is None else None)
    is_wrong = public is not None and not is_loopback(settings.smtp_host) and leads_nowhere(public)
    return replace(seen, asked=_ask(settings), wrong_links=public if is_wrong else None)


def _running(settings: "Settings") -> str | None:
    """The address of the embedded database, if its server runs."""
    from routing.cli.opening import postgres_dir
    from routing.database import EmbeddedServer

    server = EmbeddedServer(postgres_dir(settings))
    return server.url("waywarden") if server.is_running() else None


@contextlib.contextmanager
def _opened(url: str) -> "Iterator[Database]":
    from routing.database import Database

    database = Database(url, connections=1, for_people=True)
    try:
        yield database
    finally:
        database.close()


def _catalogue(settings: "Settings") -> "tuple[Catalogue | None, list[str]]":
    """The definitions; or none, and a sentence that says why."""
    from routing.casework import read_catalogue
    from routing.errors import DefinitionError

    try:
        return read_catalogue(settings.councils_dir, settings.processes_dir), []
    except DefinitionError as error:
        return None, [f"A definition is refused: {error}"]


def _conflicts(catalogue: "Catalogue", database: "Database") -> list[str]:
    """A sentence for each file that was changed without a new version."""
    from routing.errors import StoreUnavailable

    try:
        with database.transaction() as tx:
            return [each.sentence for each in catalogue.conflicts(tx)]
    except StoreUnavailable:
        return []


def _addresses(settings: "Settings") -> dict[str, str]:
    """Where ``waywarden up`` has put the parts; empty where it does not run."""
    try:
        found = json.loads((settings.data_dir / ADDRESSES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items() if value} if isinstance(found, dict) else {}


def _ask(settings: "Settings") -> "list[Asked]":
    from routing.health import Asked

    known = _addresses(settings)
    web = f"http://{settings.host}:{settings.web_port}" if settings.web_port else known.get("web")
    prefect = _prefect(known)
    urls = {"web": (web, "/healthz"), "prefect": (prefect, "/api/health")}
    return [Asked(name, url, _why_not(f"{url}{path}")) for name, (url, path) in urls.items() if url]


def _prefect(known: dict[str, str]) -> str | None:
    import os

    told = os.environ.get("PREFECT_API_URL")
    return told.removesuffix("/api") if told else known.get("prefect")


def _why_not(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S):
            return None
    except urllib.error.HTTPError as error:
        return f"it answers {error.code}"
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return str(getattr(reason, "strerror", None) or type(reason).__name__)


def _free(folder: Path) -> int | None:
    import shutil

    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
