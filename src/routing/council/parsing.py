"""Read councils/<slug>: council.toml, reviewed parish links, and the council's own copies of processes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from routing.council.model import Council, Replies, text_hash
from routing.errors import DefinitionError
from routing.outside import LARGEST_ID, Unreadable, read_number, read_table, read_text, read_toml
from routing.vocabulary import REVIEW

PARISH_CODE = re.compile(r"[EWSN][0-9]{8}")


@dataclass(frozen=True)
class CouncilFolder:
    """A council with the content of its folder.

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
    """Check the text of a council.toml.

    Raises:
        DefinitionError: names the file, the key and what to change.
    """
    raw = read_toml(text, source)
    try:
        council = Council.model_validate({**raw, "slug": slug, "sha256": text_hash(text)})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        said = "add this key." if first["type"] == "missing" else f"{what}. Correct this key."
        raise DefinitionError(source, where, said) from None
    if REVIEW not in council.mailboxes:
        raise DefinitionError(source, "mailboxes", "add [mailboxes.review], for reports that a person must decide.")
    for number, each in enumerate(council.replies, 1):
        _prove_replies(council, each, f"replies, entry {number}", source)
    return council


def _prove_replies(council: Council, each: Replies, where: str, source: str) -> None:
    if each.mailbox not in council.mailboxes:
        known = ", ".join(council.mailboxes)
        raise DefinitionError(source, where, f"use one of the mailboxes {known}. There is no '{each.mailbox}'.")
    if each.process is not None and each.process not in council.processes:
        known = ", ".join(council.processes)
        raise DefinitionError(source, where, f"use one of the processes {known}. There is no '{each.process}'.")
    if [(other.process, other.recipient) for other in council.replies].count((each.process, each.recipient)) > 1:
        raise DefinitionError(source, where, "keep one of the 2 entries with the same process and recipient.")


def read_council(folder: Path) -> CouncilFolder:
    """Read one council's folder.

    Raises:
        DefinitionError: a file in it is missing or has an error.
    """
    path = folder / "council.toml"
    text = read_text(path)
    processes = {found.parent.name: read_text(found) for found in sorted((folder / "processes").glob("*/process.toml"))}
    return CouncilFolder(parse_council(text, folder.name, str(path)), text, folder, _read_links(folder), processes)


def read_councils(folder: Path) -> dict[str, CouncilFolder]:
    """Read every council under a folder, by slug.

    Raises:
        DefinitionError: there is none, two have the same GSS code, or one has an error.
    """
    found = {path.parent.name: read_council(path.parent) for path in sorted(folder.glob("*/council.toml"))}
    if not found:
        raise DefinitionError(str(folder), "", "add <slug>/council.toml. There is no council here.")
    seen: dict[str, str] = {}
    for slug, entry in found.items():
        other = seen.setdefault(entry.council.gss, slug)
        if other != slug:
            raise DefinitionError(
                str(entry.path), "council.gss", f"correct this code or the one of council {other}. They are the same."
            )
    return found


def _read_links(folder: Path) -> dict[str, int] | None:
    path = folder / "parish-links.csv"
    if not path.exists():
        return None
    links: dict[str, int] = {}
    try:
        for line, row in read_table(path, ("parish_code", "moderngov_id")):
            code, identifier = _link(row, f"line {line}", str(path))
            if code in links:
                raise DefinitionError(str(path), f"line {line}", f"keep one line for {code}. It is here twice.")
            links[code] = identifier
    except Unreadable as error:
        raise DefinitionError(str(path), f"line {error.line}" if error.line else "", error.text) from None
    return links


def _link(row: Mapping[str, str], where: str, source: str) -> tuple[str, int]:
    code, identifier = row["parish_code"], read_number(row["moderngov_id"])
    if not PARISH_CODE.fullmatch(code) or identifier is None:
        raise DefinitionError(
            source,
            where,
            f"enter parish_code, like E04001234, and moderngov_id, a whole number from 1 to {LARGEST_ID}.",
        )
    return code, identifier
