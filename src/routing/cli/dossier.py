"""Everything about a report, for programs and for people: ``waywarden reports show``."""

import datetime
from typing import TYPE_CHECKING, Any

from routing.cli.output import echo, print_table
from routing.days import in_table, with_time

if TYPE_CHECKING:
    from routing.casework.officers import Dossier

CONTACT = ("name", "email", "phone")


def as_document(found: "Dossier") -> dict[str, Any]:
    """A report for a program."""
    report = found.report
    decisions = ("sequence", "rule", "reason", "author")
    deliveries = ("recipient", "role", "address", "state", "attempt", "answer", "message_id")
    return {
        "reference": report.reference,
        "state": report.state,
        "merged_into": found.merged_into,
        "review_reason": report.review_reason,
        "closed_because": report.closed_because,
        "council": report.council,
        "process": f"{report.process} {report.process_version}",
        "answers": report.answers,
        "words": report.words,
        "street": report.place_name,
        "parish": found.parish,
        "parish_code": report.area_code,
        "easting": report.easting,
        "northing": report.northing,
        "details": report.details,
        "received_at": report.received_at.isoformat(),
        "decisions": [{name: getattr(each, name) for name in decisions} for each in found.decisions],
        "deliveries": [{name: getattr(each, name) for name in deliveries} for each in found.deliveries],
        "history": [
            {"at": each.at.isoformat(), "event": each.event, "to": each.to_state, "actor": each.actor}
            for each in found.history
        ],
    }


ABOVE = ("reference", "state", "merged_into", "review_reason", "closed_because", "council", "process")


def print_document(document: dict[str, Any]) -> None:
    """A report for a person, on stdout."""
    for name in ABOVE:
        if document[name]:
            echo(f"{name.replace('_', ' ')}: {document[name]}")
    echo(f"received: {with_time(datetime.datetime.fromisoformat(document['received_at']))}")
    echo("answers: " + ", ".join(f"{name} = {value}" for name, value in document["answers"].items()))
    for name, words in document["words"].items():
        echo(f"{name}:")
        echo("\n".join(f"> {line}" for line in words.splitlines()))
    parish = f"{document['parish'] or ''} ({document['parish_code']})" if document["parish_code"] else None
    named = [part for part in (document["street"], parish) if part]
    if document["easting"] is not None:
        named = [f"easting {document['easting']:.0f}, northing {document['northing']:.0f}", *named]
    if named:
        echo(f"place: {'; '.join(named)}")
    if document["details"]:
        echo("details:")
        echo("\n".join(f"> {line}" for line in document["details"].splitlines()))
    if "reporter" in document:
        _print_reporter(document["reporter"])
    for title in ("decisions", "deliveries", "history"):
        if document[title]:
            _print_rows(title, document[title])


def _print_reporter(reporter: dict[str, Any]) -> None:
    known = [f"{name} {value}" for name in CONTACT if (value := reporter[name])]
    may = "agrees to share their details" if reporter["may_pass_on"] else "does not agree to share their details"
    is_empty = not known and not reporter["answers"]
    echo("reporter: no details kept" if is_empty else f"reporter: {', '.join(known) or 'not named'}; {may}")
    for name, value in reporter["answers"].items():
        echo(f"{name}:")
        echo("\n".join(f"> {line}" for line in value.splitlines()))


def _print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    echo(f"\n{title}")
    if title == "history":
        rows = [{**row, "at": in_table(datetime.datetime.fromisoformat(row["at"]))} for row in rows]
    print_table(list(rows[0]), [list(row.values()) for row in rows])
