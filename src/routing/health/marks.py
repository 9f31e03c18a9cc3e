"""When a part last worked: the time of a private file in the data directory.

This works even if the database is down or the disk is full.
"""

import contextlib
import datetime
import os
import shutil
from pathlib import Path

from routing.health.programs import LEAST_FREE
from routing.private import write_private

FOLDER = "last-well"


def mark_well(data_dir: Path, *names: str, web: str | None = None) -> None:
    """Note that parts work now, and the disk if it has space. Does nothing if it cannot write.

    Args:
        web: address of the web that works. We keep it, so that the doctor knows that one runs on this machine.
    """
    texts = dict.fromkeys(names, "")
    if web is not None:
        texts["web"] = web
    free = free_bytes(data_dir)
    if free is not None and free >= LEAST_FREE:
        texts["disk"] = ""
    for name, text in texts.items():
        with contextlib.suppress(OSError):
            _touch(data_dir / FOLDER / name, text)


def _touch(path: Path, text: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.read_text(encoding="utf-8") == text:
            os.utime(path)
            return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(path, text)


def last_well(data_dir: Path | None) -> dict[str, datetime.datetime]:
    """Part → when it last worked, as noted on this machine."""
    found: dict[str, datetime.datetime] = {}
    if data_dir is not None:
        with contextlib.suppress(OSError):
            for path in (data_dir / FOLDER).iterdir():
                found[path.name] = changed_at(path)
    return found


def known_web(data_dir: Path) -> str | None:
    """Address of the web that runs, or last ran, on this machine; None if none ever did."""
    try:
        return (data_dir / FOLDER / "web").read_text(encoding="utf-8") or None
    except OSError:
        return None


def changed_at(path: Path) -> datetime.datetime:
    """When a file was last written or touched.

    Raises:
        OSError: there is no such file.
    """
    return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)


def free_bytes(folder: Path | None) -> int | None:
    """Free space on the disk of a folder; None if unknown."""
    try:
        return shutil.disk_usage(folder).free if folder is not None else None
    except OSError:
        return None
