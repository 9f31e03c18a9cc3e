"""``waywarden contacts import|export``: a table for review that links parishes to councils in Modern.Gov."""

import contextlib
import csv
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from routing.cli.output import Json, echo, print_json
from routing.cli.parishes import Author, OneCouncil, author_of
from routing.errors import InputError
from routing.outside import LARGEST_ID, Unreadable, plain, read_number, read_table

EXPORTED = ("parish_code", "parish", "moderngov_id", "title", "state", "author", "reason")
DECIDED = {"": "confirmed", "confirmed": "confirmed", "rejected": "rejected"}
"""Decisions in the column ``state``, which is optional. Other states that export writes change nothing."""

UNDECIDED = frozenset({"proposed", "reopened", "unmatched"})


@dataclass(frozen=True, slots=True)
class Line:
    """One decided line of the table."""

    parish_code: str
    moderngov_id: int
    title: str
    state: str


def export_links(
    file: Annotated[Path | None, typer.Argument(help="File to write; default: stdout.")] = None,
    council: OneCouncil = None,
) -> None:
    """Write the links of parishes and Modern.Gov ids as CSV, unmatched parishes with an empty id."""
    from routing import contacts
    from routing.cli.installation import open_catalogue, open_database
    from routing.place import parishes_of

    found = open_catalogue().council(council)
    with open_database() as database, database.transaction() as tx:
        parishes = parishes_of(tx, found.gss)
        links = contacts.list_links(tx, found.slug)
    rows: list[tuple[Any, ...]] = [
        (link.parish_code, parishes.get(link.parish_code, ""), link.moderngov_id, _cell(link.title), link.state.value,
         link.author, _cell(link.reason)) for link in links
    ]  # fmt: skip
    linked = {link.parish_code for link in links}
    rows += [(code, name, "", "", "unmatched", "", "") for code, name in parishes.items() if code not in linked]
    rows.sort(key=lambda row: (row[0], str(row[2])))
    with _target(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(EXPORTED)
        writer.writerows(rows)


def _target(file: Path | None) -> contextlib.AbstractContextManager[Any]:
    if file is None:
        return contextlib.nullcontext(sys.stdout)
    try:
        return file.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InputError("file", f"{file} cannot be written ({error.strerror}).") from None


def _cell(text: str) -> str:
    """Escape a title from another website, so that a spreadsheet does not run it as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def import_links(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns parish_code and moderngov_id, as export writes it.")
    ],
    council: OneCouncil = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Import reviewed links from CSV. If one line is wrong, nothing is imported."""
    from routing import contacts
    from routing.cli.installation import open_catalogue, open_database
    from routing.place import parishes_of

    found, who, why = open_catalogue().council(council), author_of(author), f"imported from {file.name}"
    changed = 0
    with open_database() as database, database.transaction() as tx:
        lines = read_links(file, parishes_of(tx, found.gss))
        known = {
            (each.parish_code, each.moderngov_id): each.state.value for each in contacts.list_links(tx, found.slug)
        }
        for line in lines:
            if known.get((line.parish_code, line.moderngov_id)) == line.state:
                continue
            changed += 1
            if line.state == "rejected":
                contacts.reject(tx, found.slug, line.parish_code, line.moderngov_id, who, why)
            else:
                contacts.confirm(tx, found.slug, line.parish_code, line.moderngov_id, who, why, line.title)
    if as_json:
        print_json({"council": found.slug, "decided": len(lines), "changed": changed})
    else:
        echo(f"{found.slug}: {len(lines)} decided lines, {changed} changed. Next: waywarden contacts refresh")


def read_links(file: Path, parishes: Mapping[str, str]) -> list[Line]:
    """The decided lines of a table.

    Args:
        parishes: code → name, of the council.

    Raises:
        InputError: names file, line and what to do.
    """
    try:
        rows = read_table(file, ("parish_code", "moderngov_id"))
    except Unreadable as error:
        raise InputError("file", f"{file}, {error}") from None
    lines = [line for number, row in rows if (line := _line(f"{file}, line {number}", row, parishes))]
    for number, line in enumerate(lines):
        for other in lines[:number]:
            if line.parish_code != other.parish_code:
                continue
            if line.moderngov_id == other.moderngov_id or line.state == other.state == "confirmed":
                raise InputError("file", f"{file}: {line.parish_code} has 2 decisions. Keep one line.")
    return lines


def _line(where: str, row: Mapping[str, str], parishes: Mapping[str, str]) -> Line | None:
    code, identifier, state = row["parish_code"], row["moderngov_id"], row.get("state", "").lower()
    if state in UNDECIDED or (not identifier and not state):
        return None
    if state not in DECIDED:
        raise InputError("file", f"{where}: enter confirmed or rejected as the state, or leave the state unchanged.")
    if code not in parishes:
        text = f"{where}: {code or 'nothing'} is not a parish of this council. Correct it, or choose another --council."
        raise InputError("file", text)
    number = read_number(identifier)
    if number is None:
        raise InputError("file", f"{where}: enter the Modern.Gov id as a whole number from 1 to {LARGEST_ID}.")
    return Line(code, number, plain(row.get("title", "")).strip().removeprefix("'"), DECIDED[state])
