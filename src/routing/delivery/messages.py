"""A row of the outbox → an e-mail: plain text and HTML. Nothing that the public typed goes into a header."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime, formataddr
from functools import cache
from typing import Any
from uuid import UUID

import jinja2
from markupsafe import Markup

from routing.casework import Addition, Dispatch, Reporter, wording
from routing.council import Council
from routing.delivery.mime import assemble
from routing.place import write_reference
from routing.process import Definition, Wording, render
from routing.texts import gettext
from routing.words import REVIEW, PlaceState, Role

STATES = {
    PlaceState.UNCERTAIN: "It is not certain in which parish this is. It may be in:",
    PlaceState.UNPARISHED: "This area has no parish council.",
    PlaceState.OFF_MAP: "This place is in no district that is known here.",
    PlaceState.NO_DATA: "There are no parish boundaries for this place.",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends.

    Attributes:
        address: in From; its domain also in Message-IDs and the envelope.
        reply_to: in Reply-To, where set.
    """

    address: str
    reply_to: str | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def envelope(self, delivery: UUID) -> str:
        """The envelope sender carries the delivery's id (VERP), so that a bounce says what bounced."""
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{delivery.hex}@{domain}"


@cache
def _templates() -> jinja2.Environment:
    """The templates of all messages; those of HTML escape what they are given."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("routing.delivery"),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        auto_reload=False,  # or each message asks the disk of each template whether it has changed
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = gettext
    return environment


def write_message(
    dispatch: Dispatch, council: Council, definition: Definition, sender: Sender, now: datetime.datetime
) -> bytes:
    """Write the e-mail of one delivery, as it goes over the wire."""
    text = _text(dispatch, council, definition)
    return finish("case", text, dispatch, dispatch.message_id, council, sender, now)


def _text(dispatch: Dispatch, council: Council, definition: Definition) -> dict[str, Any]:
    """What the templates are given."""
    words = wording(
        council,
        definition,
        place_name=_place(dispatch).get("name"),
        reference=dispatch.reference,
        parish_council=dispatch.receipt.get("parish_council") or "",
    )
    subject, text = _contents(dispatch, definition, words)
    return text | {"subject": subject, "council": council.name}


def parts(dispatch: Dispatch, council: Council, definition: Definition) -> dict[str, str]:
    """What a message says, for one that holds several: ``subject``, ``text`` and ``html``."""
    text = _text(dispatch, council, definition)
    bodies = {kind: _templates().get_template(f"case_body.{kind}.j2").render(text) for kind in ("txt", "html")}
    return {"subject": text["subject"], "text": bodies["txt"].strip(), "html": Markup(bodies["html"])}  # noqa: S704  # escaped


def finish(
    template: str,
    text: Mapping[str, Any],
    dispatch: Dispatch,
    message_id: str,
    council: Council,
    sender: Sender,
    now: datetime.datetime,
) -> bytes:
    """Both bodies of a message and its headers, as it goes over the wire; ``text`` has the ``subject``."""
    headers = {
        "From": formataddr((council.name, sender.address)),
        "To": dispatch.address,
        "Reply-To": sender.reply_to,
        "Subject": text["subject"],
        "Date": format_datetime(now),
        "Message-ID": message_id,
        "In-Reply-To": dispatch.follows,
        "References": dispatch.follows,
        "Auto-Submitted": "auto-generated",
        "X-Waywarden-Reference": " ".join(dict.fromkeys(each.reference for each in dispatch.members or (dispatch,))),
    }
    return assemble(
        [(name, value) for name, value in headers.items() if value],
        _templates().get_template(f"{template}.txt.j2").render(text),
        _templates().get_template(f"{template}.html.j2").render(text),
    )


def _contents(dispatch: Dispatch, definition: Definition, words: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The subject, and what the templates are given; a follow-up says no more of the report than where and what."""
    chosen = _wording(dispatch, definition)
    subject = " ".join(render(chosen.subject, words).split())
    text: dict[str, Any] = {
        "reference": dispatch.reference,
        "where": _where(dispatch),
        "answers": _answers(dispatch.answers, definition, words),
        "additions": [_addition(each, definition, words) for each in dispatch.additions],
    }
    if dispatch.role is Role.FOLLOW_UP:
        nothing: dict[str, Any] = {"reason": "", "details": None, "steps": [], "reporter": []}
        about = "Withdrawn" if dispatch.addition is None else "Re"
        return f"{about}: {subject}", text | nothing | {"opening": dispatch.reason}
    return subject, text | {
        "opening": render(chosen.opening, words),
        "reason": dispatch.reason,
        "details": dispatch.details,
        "steps": _steps(dispatch, definition, words),
        "reporter": _reporter(dispatch.reporter),
    }


def _wording(dispatch: Dispatch, definition: Definition) -> Wording:
    recipient = definition.recipients.get(dispatch.recipient) or definition.recipients[REVIEW]
    if dispatch.role is Role.COPY and recipient.copy_message is not None:
        return recipient.copy_message
    return recipient.message


def _steps(dispatch: Dispatch, definition: Definition, words: dict[str, str]) -> list[str]:
    if dispatch.role is Role.COPY:
        return []
    recipient = definition.recipients.get(dispatch.recipient) or definition.recipients[REVIEW]
    return [render(step, words) for step in recipient.next_steps]


def _place(dispatch: Dispatch) -> dict[str, Any]:
    return dict(dispatch.receipt.get("place") or {})


def _where(dispatch: Dispatch) -> list[str]:
    place = _place(dispatch)
    lines = [dispatch.place_name] if dispatch.place_name else []
    if place.get("name"):
        lines.append(f"{place['name']} ({place['code']})")
    state = place.get("state")
    if state in STATES:
        lines.append(STATES[PlaceState(state)])
    if state == PlaceState.UNCERTAIN:
        lines += [
            f"- {each['name']} ({each['code']})"
            + ("" if each["distance_m"] == 0 else f", whose boundary is {each['distance_m']:.0f} m away")
            for each in place["candidates"]
        ]
    return [*lines, _grid(dispatch.easting, dispatch.northing), f"Reported on {dispatch.received_at:%d %B %Y}"]


def _where_joined(addition: Addition) -> str:
    return ". ".join(part for part in (addition.place_name, _grid(*addition.where)) if part)


def _grid(easting: float, northing: float) -> str:
    reference = write_reference(easting, northing)
    return f"British National Grid: {reference} (easting {easting:.0f}, northing {northing:.0f})"


def _answers(answers: Mapping[str, str], definition: Definition, words: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (render(question.ask, words), question.label(answers[question.id]))
        for question in definition.question
        if answers.get(question.id) in question.values
    ]


def _addition(addition: Addition, definition: Definition, words: dict[str, str]) -> dict[str, Any]:
    """What a message says of one addition; whoever joined is told of like the first reporter."""
    joined = addition.is_joining
    return {
        "title": f"One more person has reported this ({addition.reference})"
        if joined
        else "Added later by somebody who reported it",
        "answers": _answers(addition.answers, definition, words) if joined else [],
        "where": _where_joined(addition) if joined else None,
        "text": addition.text,
        "reporter": _reporter(addition.reporter) if joined else [],
    }


def _reporter(reporter: Reporter) -> list[str]:
    """Name and address only if the reporter ticked that they may be passed on."""
    if reporter.is_anonymous:
        return ["The reporter gave no name or address."]
    if not reporter.may_pass_on:
        return ["The reporter did not agree to their name or address being passed on."]
    return [line for line in (reporter.name, reporter.email, reporter.phone) if line]
