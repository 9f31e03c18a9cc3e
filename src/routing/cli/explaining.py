"""A report's receipts in sentences."""

from typing import Any

from routing.casework.officers import Dossier
from routing.days import in_words, with_time

STATES = {
    "parish": "It is in {name} ({code}).",
    "unparished": "It is in {name} ({code}), which has no parish council.",
    "uncertain": "We cannot tell which parish it is in. It may be {candidates}.",
    "outside_served": "It is in {name} ({code}), in another council on this service.",
    "off_map": "It is not in any district that we had boundaries for.",
    "no_data": "We had no parish boundaries for this place.",
}


def sentences(found: Dossier) -> list[str]:
    """What was decided about a report, who decided it and why, and the state of its messages."""
    report = found.report
    lines = [f"We received {report.reference} on {with_time(report.received_at)}. Its state is: {report.state}."]
    if found.merged_into:
        lines.append(f"The citizen added it to {found.merged_into}. Follow that report instead.")
    for decision in found.decisions:
        lines += _decision(decision.receipt, decision.author)
    for each in found.deliveries:
        when = f" on {with_time(each.sent_at)}" if each.sent_at else ""
        state = "was accepted" if each.state == "sent" else f"is {each.state}"
        reason = f" Reason: {each.reason}" if each.reason else ""
        lines.append(f"The message for {each.recipient} ({each.role}) {state}{when}.{reason}")
    if found.stage is not None:
        lines += _stages(found)
    if report.review_reason:
        lines.append(f"It needs a decision: {report.review_reason}")
    return lines


def _stages(found: Dossier) -> list[str]:
    """Which stages the case went through, whom they asked, and what came of it."""
    lines = []
    for entry in found.entries:
        seats = [seat for seat in found.seats if seat.entry == entry.id and not seat.is_replaced]
        asked = ", ".join(seat.seat for seat in seats) or "nobody"
        came = [f"{seat.seat} answered: {seat.outcome}" for seat in seats if seat.outcome is not None]
        left = f" It left it on {with_time(entry.left_at)}." if entry.left_at is not None else ""
        said = f" {'; '.join(came)}." if came else ""
        lines.append(
            f"It entered the stage {entry.stage} on {with_time(entry.entered_at)}, which asks {asked}.{said}{left}"
        )
    row = found.stage
    if row is not None and row.ended is not None:
        lines.append(f"It ended with {row.ended}.")
    elif row is not None and row.promised is not None:
        lines.append(f"An answer is due by {in_words(row.promised)}.")
    return lines


def _decision(receipt: dict[str, Any], author: str) -> list[str]:
    who = "The triage table" if author == "table" else author
    lines = [f"{who} decided by rule {receipt.get('rule')}: {receipt.get('reason')}"]
    place = receipt.get("place")
    if place and place["state"] in STATES:
        candidates = " or ".join(f"{each['name']} ({each['code']})" for each in place["candidates"])
        lines.append(STATES[place["state"]].format(name=place["name"], code=place["code"], candidates=candidates))
    for each in receipt.get("recipients", []):
        instead = f", instead of {each['substitute_for']}: {each['why']}" if each.get("substitute_for") else ""
        known = (
            f" (contact obtained {each['obtained_at'][:10]} from {each['source']})" if each.get("obtained_at") else ""
        )
        lines.append(f"{each['role']}: {each['recipient']}{known}{instead}.")
    lines += [f"Note: {note}." for note in receipt.get("notes", [])]
    versions = receipt.get("versions") or {}
    named = [f"{name} {versions[name]}" for name in ("process", "council", "vintage") if versions.get(name)]
    return [*lines, f"Versions: {', '.join(named)}."] if named else lines
