"""Read councils/<slug>: council.toml, the reviewed parish links, the council's own copies of processes."""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

from email_validator import EmailNotValidError, validate_email
from pydantic import ValidationError

from routing.council.model import Council, text_hash
from routing.errors import DefinitionError
from routing.words import REVIEW


@dataclass(frozen=True)
class CouncilFolder:
    """A council with everything its folder holds.

    Attributes:
        links: parish code → Modern.Gov id, reviewed by a person; None without a file.
        processes: slug → text of the council's own copy of a process.
    """

    council: Council
    text: str
    path: Path
    links: dict[str, int] | None
    processes: dict[str, str]


def parse_council(text: str, slug: str, source: str) -> Council:
    """Validate the text of a council.toml.

    Raises:
        DefinitionError: names the file, the key and what to change.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(source, "", f"this is not TOML: {error}. Correct the line.") from None
    try:
        council = Council.model_validate({**raw, "slug": slug, "sha256": text_hash(text)})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise DefinitionError(source, where, f"{what}. Correct this key.") from None
    if REVIEW not in council.mailboxes:
        raise DefinitionError(source, "mailboxes", "add [mailboxes.review]: where reports go that a person must judge.")
    for name, mailbox in council.mailboxes.items():
        try:
            validate_email(mailbox.address, check_deliverability=False)
        except EmailNotValidError:
            raise DefinitionError(source, f"mailboxes.{name}", "write one e-mail address.") from None
    return council


def read_council(folder: Path) -> CouncilFolder:
    """Read one council's folder.

    Raises:
        DefinitionError: a file in it is missing or refused.
    """
    path = folder / "council.toml"
    text = _read(path)
    processes = {found.parent.name: _read(found) for found in sorted((folder / "processes").glob("*/process.toml"))}
    return CouncilFolder(parse_council(text, folder.name, str(path)), text, folder, _read_links(folder), processes)


def read_councils(folder: Path) -> dict[str, CouncilFolder]:
    """Read every council under a folder, by slug.

    Raises:
        DefinitionError: there is none, two have the same GSS code, or one is refused.
    """
    found = {path.parent.name: read_council(path.parent) for path in sorted(folder.glob("*/council.toml"))}
    if not found:
        raise DefinitionError(str(folder), "", "no council is described here. Add <slug>/council.toml.")
    seen: dict[str, str] = {}
    for slug, entry in found.items():
        other = seen.setdefault(entry.council.gss, slug)
        if other != slug:
            raise DefinitionError(str(entry.path), "council.gss", f"council {other} has the same code. Correct one.")
    return found


def _read_links(folder: Path) -> dict[str, int] | None:
    path = folder / "parish-links.csv"
    if not path.exists():
        return None
    links: dict[str, int] = {}
    for number, row in enumerate(csv.DictReader(_read(path).splitlines()), start=2):
        code, identifier = row.get("parish_code"), row.get("moderngov_id")
        if not code or not identifier or not identifier.isdigit():
            raise DefinitionError(str(path), f"line {number}", "write parish_code,moderngov_id with a whole number.")
        if code in links:
            raise DefinitionError(str(path), f"line {number}", f"{code} stands here twice. Keep one line.")
        links[code] = int(identifier)
    return links


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(str(path), "", f"cannot be read as UTF-8 text ({type(error).__name__}).") from None
