"""Private folders and files of an installation, which no other user of the machine can open."""

import contextlib
import datetime
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from routing.errors import ConfigurationError

PREFECT_AUTH = "prefect-auth"
"""The file in the data directory with the string that opens Prefect's API and UI."""

READYZ_AUTH = "readyz-auth"
"""The file in the data directory with the string that makes /readyz name its parts. The string opens nothing else."""

ANCHORS = "anchors.log"
"""The file in the data directory with a hash for each day of the histories. Copy it away from the database."""

RESTORED = "restored"
"""First word of a line that cancels the days after the one it names."""

AUTH_VARIABLES = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")
"""Prefect's own settings for this string: of its server, and of its clients."""

OTHERS = 0o077
"""Permission bits of the group and of everybody else."""

LEFT_TO_POSTGRES = "data"
"""PostgreSQL closes its own folder, and does not start if it is open."""


def keep_private(folder: Path) -> None:
    """Make a folder if needed, and close it and all our files in it to other users.

    Raises:
        ConfigurationError: we cannot make it, or it belongs to another user.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _close(folder)
        for base, names, files in os.walk(folder):
            names[:] = [name for name in names if name != LEFT_TO_POSTGRES]
            for name in (*names, *files):
                with contextlib.suppress(FileNotFoundError):  # another process of ours deletes its files
                    _close(Path(base) / name)
    except OSError as error:
        text = f"{folder} cannot be used ({error.strerror}). Set WAYWARDEN_DATA_DIR to a folder you can write to."
        raise ConfigurationError(text) from None


def _close(path: Path) -> None:
    found = path.lstat()
    if found.st_mode & OTHERS and not path.is_symlink() and not path.is_socket():
        path.chmod(found.st_mode & 0o7777 & ~OTHERS)


def prefect_auth(data_dir: Path, environment: Mapping[str, str] | None = None) -> str:
    """The string that opens Prefect, from Prefect's settings or from the data directory, where it is made once.

    Args:
        environment: default: of this process.

    Raises:
        ConfigurationError: the file cannot be written or read, other users can read it, or it is empty.
    """
    told = _told_auth(environment)
    if told is not None:
        return told
    path = data_dir.resolve() / PREFECT_AUTH
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(path, f"waywarden:{secrets.token_urlsafe(32)}\n")
    except OSError as error:
        raise _unusable(path, error) from None
    return _read_auth(path)


def _told_auth(environment: Mapping[str, str] | None) -> str | None:
    known = os.environ if environment is None else environment
    return next((known[name] for name in AUTH_VARIABLES if known.get(name)), None)


def _read_auth(path: Path) -> str:
    try:
        if path.stat().st_mode & OTHERS:
            raise ConfigurationError(f"Delete {path}, then restart every part. Other users can read the file.")
        found = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise _unusable(path, error) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"Delete {path}, then restart every part. The file is not UTF-8.") from None
    if not found:
        raise ConfigurationError(f"Delete {path}, then restart every part. The file is empty.")
    return found


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot be used ({error.strerror}). Start as the user who owns it, or set {AUTH_VARIABLES[1]}."
    )


def readyz_auths(data_dir: Path, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The strings that make /readyz name its parts. The first is for watchdogs and is in ``readyz-auth``.

    It is an HMAC of Prefect's string, which nobody can compute from it. So watchdogs, and webs with only this file, do
    not need the string that can run commands.

    Raises:
        ConfigurationError: a file cannot be read or made, or other users can read it.
    """
    path = data_dir.resolve() / READYZ_AUTH
    has_prefects = _told_auth(environment) is not None or (data_dir.resolve() / PREFECT_AUTH).exists()
    if path.exists() and not has_prefects:
        return (_read_auth(path),)
    prefects = prefect_auth(data_dir, environment)
    derived = f"waywarden:{hmac.new(prefects.encode(), b'readyz', hashlib.sha256).hexdigest()}"
    with contextlib.suppress(OSError):  # on a full disk we still know it
        if not path.exists() or path.read_text(encoding="utf-8").strip() != derived:
            write_private(path, f"{derived}\n")
    return (derived, prefects)


def append_anchors(data_dir: Path, lines: Sequence[str]) -> None:
    """Append lines such as ``2026-11-27 120 9f86…`` to the file of anchors. Removes a line that a crash cut off."""
    if not lines:
        return
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(data_dir / ANCHORS, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        file.truncate(file.read().rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())


def restored_line(moment: datetime.datetime, last: datetime.date | None) -> str:
    """The line for the file of anchors after a restore of an older state, whose last anchored day is ``last``."""
    return f"{RESTORED} {last or datetime.date.min} {moment.isoformat(timespec='seconds')}"


def read_anchors(data_dir: Path) -> list[tuple[datetime.date, str]]:
    """(day, hash) in the order of the file, without days that a restore cancelled and without an incomplete last line.

    Raises:
        ConfigurationError: a line is not ours.
    """
    path = data_dir / ANCHORS
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read ({type(error).__name__}).") from None
    found: list[tuple[datetime.date, str]] = []
    for number, line in enumerate(text[: text.rfind("\n") + 1].splitlines(), 1):
        first, _, rest = line.partition(" ")
        try:
            if first == RESTORED:
                last = datetime.date.fromisoformat(rest.partition(" ")[0])
                found = [each for each in found if each[0] <= last]
            else:
                found.append((datetime.date.fromisoformat(first), rest.rpartition(" ")[2]))
        except ValueError:
            raise ConfigurationError(
                f"{path}, line {number}: this is not an anchor. Somebody changed the file."
            ) from None
    return found


def write_private(path: Path, text: str) -> None:
    """Write a complete file that only we can read, and replace a former one."""
    fresh = _write_fresh(path, text)
    fresh.replace(path)


def _write_fresh(path: Path, text: str) -> Path:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return fresh


def _write_once(path: Path, text: str) -> None:
    """Write a complete file that only we can read. If two do so at once, one of them wins."""
    fresh = _write_fresh(path, text)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
