"""``waywarden backup`` and ``restore``: save all data in one file, and restore it."""

import contextlib
import dataclasses
import datetime
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.installation import alone, database_url, need_installation, where
from routing.cli.output import Json, echo, print_json
from routing.cli.saying import say
from routing.errors import BackupError

if TYPE_CHECKING:
    from routing.casework.cases.history import Broken
    from routing.database import Database, Restored, Transaction

SILENT_S = 30
"""We take an engine that is silent for longer as stopped, as ``/readyz`` does."""

RUNS_HERE = "{holder} runs in {folder}. Stop it, then restore again."


def backup(
    file: Annotated[Path, typer.Argument(help="File to write, such as /srv/backups/waywarden.dump.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the file if it exists, when the new one is complete.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Back up the whole database to one file. You do not need to stop anything."""
    from routing.database import read_revision, snapshot, write_backup
    from routing.settings import read_settings

    settings = read_settings()
    need_installation(settings)
    with _ended_like_ctrl_c(), database_url(settings) as url, snapshot(url) as seen:
        revision = read_revision(seen.tx)
        if revision is None:
            raise BackupError(f"There is nothing to back up{where(settings)}. The database is empty.")
        reports = _count_reports(seen.tx)
        size = write_backup(seen, file, replace=replace)
    if as_json:
        print_json({"file": file.resolve(), "size_bytes": size, "reports": reports, "revision": revision})
    else:
        echo(f"Backup complete: {file.resolve()}, {_reports(reports)}, schema {revision}, {_size(size)}.")


def restore(
    file: Annotated[Path, typer.Argument(help="File that waywarden backup wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a database with reports. We keep it under another name.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Restore a backup. Stop everything first. Exit code 1 if a row of its history was altered."""
    from routing.cli import FAILED
    from routing.database import Database, restoring
    from routing.private import append_anchors, read_anchors, restored_line
    from routing.settings import read_settings

    settings = read_settings()
    lock = settings.data_dir / "up.lock"
    with _ended_like_ctrl_c(), alone(lock, "waywarden restore", RUNS_HERE), database_url(settings) as url:
        owner_url = settings.database_owner_url or url  # the role that restores the database owns it
        with _closed_after(Database(owner_url, connections=1)) as present, present.transaction() as tx:
            _need_room(tx, replace=replace)
        with restoring(owner_url, file) as restored:
            outside = read_anchors(settings.data_dir)
            found = _examine(restored, file, url, outside)
            kept = restored.take_place()
            if any(day > found.last_anchored for day, _ in outside):
                append_anchors(
                    settings.data_dir, [restored_line(datetime.datetime.now(datetime.UTC), found.last_anchored)]
                )
    broken = found.broken
    document = {
        "file": file.resolve(),
        "written": restored.written,
        "reports": found.reports,
        "revision": found.revision,
    }
    document |= {"rows": found.rows, "broken": [dataclasses.asdict(each) for each in broken], "kept": kept}
    print_json(document) if as_json else _print_restored(document, where(settings))
    if broken:
        raise typer.Exit(FAILED)


@contextlib.contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Let a command tidy up on SIGTERM, as on Ctrl-C."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


@contextlib.contextmanager
def _closed_after(database: "Database") -> Iterator["Database"]:
    try:
        yield database
    finally:
        database.close()


def _need_room(tx: "Transaction", *, replace: bool) -> None:
    """Refuse if an engine runs, or if there are reports and nobody said ``--replace``."""
    from routing.database import read_revision

    if read_revision(tx) is None:
        return
    # The heartbeat is the engine's table; read as /readyz reads it.
    living = tx.execute(
        "SELECT count(*) AS n FROM heartbeat WHERE ended_at IS NULL AND seen_at > now() - make_interval(secs => %s)",
        (SILENT_S,),
    ).fetchone()
    if living and living["n"]:
        raise BackupError(
            "Stop every engine, web and worker, wait 30 seconds, then restore again. An engine used this database "
            "in the last 30 seconds."
        )
    reports = _count_reports(tx)
    if reports and not replace:
        raise BackupError(
            f"This installation already has {_reports(reports)}. To replace its database with the backup, add "
            "--replace. We keep the old database under another name."
        )


@dataclasses.dataclass(frozen=True)
class Found:
    """What a backup contains.

    Attributes:
        rows: of history.
        last_anchored: its last day that has an anchor; ``date.min`` if no day has one.
    """

    revision: str
    reports: int
    rows: int
    broken: list["Broken"]
    last_anchored: datetime.date


def _examine(restored: "Restored", file: Path, url: str, outside: Sequence[tuple[datetime.date, str]]) -> Found:
    """Upgrade the restored database to the newest schema and verify it, as ``reports verify`` does.

    Args:
        url: how the programs connect. Their role is granted access again: a backup has no grants.
        outside: (day, hash) of the anchors outside the database; those after the backup are ignored.
    """
    from routing import casework
    from routing.database import Database, is_known, read_revision, upgrade_as

    with _closed_after(Database(restored.url, connections=1)) as database:
        with database.transaction() as tx:
            revision = read_revision(tx)
        if revision is None or not is_known(revision):
            raise BackupError(
                f"Install a newer Waywarden, then restore again. {file} has schema {revision}, from a newer version "
                "than this one."
            )
        say("The backup is loaded. Checking its history.")
        upgrade_as(restored.url, url)
        with database.transaction() as tx:
            revision = read_revision(tx)
            reports = _count_reports(tx)
            rows, broken = casework.verify(tx)
            last = max((each.day for each in casework.read_anchors(tx)), default=datetime.date.min)
            broken += casework.verify_anchors(tx, [each for each in outside if each[0] <= last])
            tx.execute("ANALYZE")
    return Found(str(revision), reports, rows, broken, last)


def _count_reports(tx: "Transaction") -> int:
    row = tx.execute("SELECT count(*) AS n FROM report").fetchone()
    return int(row["n"]) if row else 0


def _reports(count: int) -> str:
    return "one report" if count == 1 else f"{count:,} reports"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"


def _print_restored(document: dict[str, Any], place: str) -> None:
    for each in document["broken"]:
        echo(f"{each['reference']} row {each['sequence']}: {each['problem']}")
    restored = f"{_reports(document['reports'])} restored{place}".capitalize()
    echo(f"{restored}, as of {document['written']}, schema {document['revision']}.")
    echo(f"{document['rows']:,} rows of history checked. {len(document['broken'])} do not match.")
    if document["kept"]:
        echo(f"We kept the old database as {document['kept']}.")
        echo("To delete it or go back to it, see docs/operations.md.")
    echo(
        "Messages sent after the backup will be sent again. Reports received after it are lost.\n"
        "Next: put the council files back if they are missing, then start Waywarden: waywarden up; or, with a service\n"
        "manager, Prefect, waywarden deploy, and the other units."
    )
