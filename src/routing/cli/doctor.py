"""``waywarden doctor``: show what does not work, since when, and what to do, on one screen."""

import contextlib
import datetime
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from routing.cli.output import Json, echo, print_json, print_table

if TYPE_CHECKING:
    from routing.database import Database
    from routing.health import Asked, Check, Seen
    from routing.settings import Settings

ADDRESSES = "addresses.json"
"""Where ``waywarden up`` writes the ports of its parts."""

ANSWER_S = 3.0


def doctor(as_json: Json = False) -> None:
    """Check service health: what does not work, since when, and what to do. Exit code 1 if something does not work."""
    from routing.cli import FAILED
    from routing.health import headline, judge
    from routing.settings import read_settings

    checks = judge(_see(read_settings()), datetime.datetime.now(datetime.UTC))
    ok, says = all(each.ok or not each.stops for each in checks), headline(checks)
    if as_json:
        print_json({"ok": ok, "says": says, "checks": {each.name: _as_json(each) for each in checks}})
    else:
        echo(f"{says}\n")
        print_table(("part", "", "what we know"), [(each.name, _word(each), each.says) for each in checks])
    if not ok:
        raise typer.Exit(FAILED)


def _as_json(check: "Check") -> dict[str, Any]:
    since = check.since.isoformat() if check.since is not None else None
    return {"ok": check.ok, "says": check.says, "stops": check.stops and not check.ok, "since": since}


def _word(check: "Check") -> str:
    return "ok" if check.ok else "NOT WORKING" if check.stops else "to do"


def _see(settings: "Settings") -> "Seen":
    """Look without changing anything. This does not start a server that is stopped."""
    from routing.health import Seen, free_bytes, last_well
    from routing.settings import is_loopback, leads_nowhere

    folder = "" if settings.database_url else str(settings.data_dir.resolve())
    url = settings.database_url or _running(settings)
    data_dir = settings.data_dir if settings.data_dir.exists() else Path.cwd()
    if url is None:
        return Seen(
            database="away", folder=folder, free_bytes=free_bytes(data_dir), last_well=last_well(settings.data_dir)
        )
    with _opened(url) as database:
        seen = _look(settings, database, data_dir)
    public = settings.public_url or (_addresses(settings).get("web") if settings.public_url is None else None)
    is_wrong = public is not None and not is_loopback(settings.smtp_host) and leads_nowhere(public)
    return replace(seen, asked=_ask(settings), wrong_links=public if is_wrong else None)


def _running(settings: "Settings") -> str | None:
    """The address of the embedded database, if its server runs."""
    from routing.cli.installation import postgres_dir
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


def _look(settings: "Settings", database: "Database", data_dir: Path) -> "Seen":
    """What the database and the definitions say."""
    from routing.casework import not_adopted, not_offered, read_catalogue
    from routing.errors import DefinitionError, StoreUnavailable
    from routing.health import look

    try:
        catalogue = read_catalogue(settings.councils_dir, settings.processes_dir)
    except DefinitionError as error:
        seen = look(database, [], data_dir)
        return replace(seen, refused=str(error), refused_since=_oldest([Path(error.source)]))
    seen = look(database, catalogue.councils, data_dir)
    if seen.database == "ok":
        with contextlib.suppress(StoreUnavailable), database.transaction() as tx:
            found = catalogue.conflicts(tx)
            since = _oldest([catalogue.file_of(each) for each in found])
            seen = replace(
                seen,
                conflicts=[each.sentence for each in found],
                conflicts_since=since,
                not_adopted=not_adopted(catalogue, tx),
                not_offered=not_offered(catalogue, tx),
            )
    return seen


def _oldest(files: list[Path]) -> datetime.datetime | None:
    """When the first of some files was written; None if a file cannot be read."""
    from routing.health import changed_at

    try:
        return min((changed_at(each) for each in files), default=None)
    except OSError:
        return None


def _addresses(settings: "Settings") -> dict[str, str]:
    """The addresses of the parts of ``waywarden up``; empty if it is not running."""
    try:
        found = json.loads((settings.data_dir / ADDRESSES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items() if value} if isinstance(found, dict) else {}


def _ask(settings: "Settings") -> "list[Asked]":
    """Ask the web only if one of this installation runs, or last ran, on this machine."""
    from routing.health import Asked, known_web

    known = _addresses(settings)
    web = known.get("web") or known_web(settings.data_dir)  # from up, or from a unit of its own
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
        return f"it answered {error.code}"
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return str(getattr(reason, "strerror", None) or type(reason).__name__)
