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
    echo("; ".join([f"place: easting {document['easting']:.0f}, northing {document['northing']:.0f}", *named]))
    if document["details"]:
        echo("details:")
        echo("\n".join(f"> {line}" for line in document["details"].splitlines()))
    if "reporter" in document:
        known = [f"{name} {value}" for name in CONTACT if (value := document["reporter"][name])]
        may = (
            "agrees to share their details"
            if document["reporter"]["may_pass_on"]
            else "does not agree to share their details"
        )
        echo(f"reporter: {', '.join(known)}; {may}" if known else "reporter: no details kept")
        for name, value in document["reporter"]["answers"].items():
            echo(f"{name}:")
            echo("\n".join(f"> {line}" for line in value.splitlines()))
    for title in ("decisions", "deliveries", "history"):
        if document[title]:
            echo(f"\n{title}")
            columns = list(document[title][0])
            rows = (
                [{**row, "at": in_table(datetime.datetime.fromisoformat(row["at"]))} for row in document[title]]
                if (title == "history")
                else document[title]
            )
            print_table(columns, [[row[column] for column in columns] for row in rows])
