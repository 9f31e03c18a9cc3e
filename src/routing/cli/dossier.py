"""Everything about a report, for programs and for people: ``waywarden reports show``."""

import datetime
from typing import TYPE_CHECKING, Any

from routing.cli.output import echo, print_table
from routing.days import in_table, with_time

if TYPE_CHECKING:
    from routing.casework.officers import Dossier
    from routing.casework.stage_tables import CaseEntryRow, CaseSeatRow

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
        "renews": found.renews,
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
        "stage": _stage(found),
        "stages": [_entry(found, each) for each in found.entries],
        "received_at": report.received_at.isoformat(),
        "decisions": [{name: getattr(each, name) for name in decisions} for each in found.decisions],
        "deliveries": [{name: getattr(each, name) for name in deliveries} for each in found.deliveries],
        "history": [
            {"at": each.at.isoformat(), "event": each.event, "to": each.to_state, "actor": each.actor}
            for each in found.history
        ],
    }


def _stage(found: "Dossier") -> dict[str, Any] | None:
    """Where a case in stages stands; None without stages."""
    row = found.stage
    if row is None:
        return None
    return {
        "stage": row.stage,
        "end": row.ended,
        "end_kind": row.end_kind,
        "due": row.promised.isoformat() if row.promised is not None and row.ended is None else None,
        "holds_until": row.holds_until.isoformat() if row.holds_until is not None else None,
        "counts": row.counts,
        "answers": row.fields,
        "words": row.words,
    }


def _entry(found: "Dossier", entry: "CaseEntryRow") -> dict[str, Any]:
    """A stage that a case entered, and whom it asked."""
    return {
        "stage": entry.stage,
        "entered_at": entry.entered_at.isoformat(),
        "left_at": entry.left_at.isoformat() if entry.left_at is not None else None,
        "because": entry.because,
        "asked": [_seat(seat) for seat in found.seats if seat.entry == entry.id and not seat.is_replaced],
    }


def _seat(seat: "CaseSeatRow") -> dict[str, Any]:
    """Somebody whom a stage asked: when their message was accepted, and what came of their answer."""
    at = {"asked_at": seat.asked_at, "answered_at": seat.answered_at}
    moments = {name: moment.isoformat() if moment is not None else None for name, moment in at.items()}
    return {"who": seat.seat, **moments, "outcome": seat.outcome}


ABOVE = ("reference", "state", "merged_into", "renews", "review_reason", "closed_because", "council", "process")


def print_document(document: dict[str, Any]) -> None:
    """A report for a person, on stdout."""
    for name in ABOVE:
        if document[name]:
            echo(f"{name.replace('_', ' ')}: {document[name]}")
    echo(f"received: {with_time(datetime.datetime.fromisoformat(document['received_at']))}")
    echo("answers: " + ", ".join(f"{name} = {value}" for name, value in document["answers"].items()))
    for name, words in document["words"].items():
        _print_words(name, words)
    _print_place(document)
    if document["details"]:
        _print_words("details", document["details"])
    if document["stage"] is not None:
        _print_stage(document["stage"], document["stages"])
    if "reporter" in document:
        _print_reporter(document["reporter"])
    for title in ("decisions", "deliveries", "history"):
        if document[title]:
            _print_rows(title, document[title])


def _print_words(name: str, words: str) -> None:
    echo(f"{name}:")
    echo("\n".join(f"> {line}" for line in words.splitlines()))


def _print_place(document: dict[str, Any]) -> None:
    parish = f"{document['parish'] or ''} ({document['parish_code']})" if document["parish_code"] else None
    named = [part for part in (document["street"], parish) if part]
    if document["easting"] is not None:
        named = [f"easting {document['easting']:.0f}, northing {document['northing']:.0f}", *named]
    if named:
        echo(f"place: {'; '.join(named)}")


def _print_stage(stage: dict[str, Any], stages: list[dict[str, Any]]) -> None:
    """Where a case stands, and each stage that it entered."""
    echo(f"end: {stage['end']}" if stage["end"] else f"stage: {stage['stage'] or 'none'}, due {stage['due']}")
    for name, value in {**stage["answers"], **stage["words"]}.items():
        echo(f"{name}: {value}")
    for each in stages:
        who = ", ".join(f"{seat['who']}: {seat['outcome'] or 'no answer'}" for seat in each["asked"]) or "nobody"
        when = in_table(datetime.datetime.fromisoformat(each["entered_at"]))
        echo(f"entered {when}: {each['stage']} ({who})")


def _print_reporter(reporter: dict[str, Any]) -> None:
    known = [f"{name} {value}" for name in CONTACT if (value := reporter[name])]
    may = "agrees to share their details" if reporter["may_pass_on"] else "does not agree to share their details"
    is_empty = not known and not reporter["answers"]
    echo("reporter: no details kept" if is_empty else f"reporter: {', '.join(known) or 'not named'}; {may}")
    for name, value in reporter["answers"].items():
        _print_words(name, value)


def _print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    echo(f"\n{title}")
    if title == "history":
        rows = [{**row, "at": in_table(datetime.datetime.fromisoformat(row["at"]))} for row in rows]
    print_table(list(rows[0]), [list(row.values()) for row in rows])
