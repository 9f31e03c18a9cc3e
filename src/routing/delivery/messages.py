"""A row of the outbox → an email: plain text and HTML. Headers never contain what the public typed."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime, formataddr
from functools import cache
from typing import Any
from uuid import UUID

import jinja2
from markupsafe import Markup

from routing.casework import MOVED, WITHDRAWN, Other, OutboxMessage, wording
from routing.council import CITIZEN, Council
from routing.days import day_of, with_time
from routing.delivery.contents import (
    acts_on,
    addition_lines,
    map_link,
    personal_of,
    place_of,
    reporter_lines,
    said,
    where_lines,
)
from routing.delivery.mime import assemble
from routing.i18n import gettext
from routing.process import Definition, Recipient, Wording, filled, render
from routing.vocabulary import REVIEW, PlaceState, RecipientKind, Role

ABOUT = {
    WITHDRAWN: "Withdrawn",
    "Whoever reported this has withdrawn it.": "Withdrawn",
    MOVED: "Moved",
    "You do not need to do anything more about this report.": "Moved",
    "An officer has sent this report to somebody else.": "Moved",
}
"""Start of a follow-up's reason → start of its subject. The subject of any other starts with *Re*. A follow-up that was
stored before an upgrade has the words of that version."""


NOTHING_ASKED: dict[str, Any] = {"answer_link": "", "answer_by": "", "reminder": "", "said_since": ()}
"""The values of a message that asks nobody to answer by a link."""

TO_DECIDE = Wording(
    subject="Decide who must act: {process.title}, {reference}",
    opening="No rule can send this, or no message reaches whoever had it. Decide who must act on it.",
)
TO_KNOW = Wording(subject="{process.title}, {reference}", opening="For your information.")
"""What officers and others read in a process with stages, which has no texts of its own for it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends.

    Attributes:
        address: address in From. Its domain is also in Message-IDs and the envelope.
        reply_to: address in Reply-To, if set.
    """

    address: str
    reply_to: str | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def envelope(self, delivery: UUID) -> str:
        """The envelope sender contains the delivery's id (VERP), so that a bounce shows which message bounced."""
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{delivery.hex}@{domain}"


@cache
def _templates() -> jinja2.Environment:
    """The templates of all messages. HTML templates escape their values."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("routing.delivery"),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        auto_reload=False,  # otherwise each message checks on disk whether a template has changed
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["_"] = gettext
    return environment


def write_message(
    delivery: OutboxMessage, council: Council, definition: Definition, sender: Sender, now: datetime.datetime
) -> bytes:
    """Write the bytes of one delivery's email."""
    text = contents(delivery, council, definition)
    return finish("case", text, delivery, delivery.message_id, council, sender, now)


def contents(delivery: OutboxMessage, council: Council, definition: Definition) -> dict[str, Any]:
    """The values for the templates of a message about a case."""
    words = wording(
        council,
        definition,
        place_name=place_of(delivery).get("name"),
        reference=delivery.reference,
        parish_council=delivery.receipt.get("parish_council") or "",
        answers={**delivery.answers, **personal_of(delivery)},
        given=definition.given_on(day_of(delivery.received_at), council.calendar),
    )
    subject, text = _contents(delivery, council, filled(definition, words))
    return NOTHING_ASKED | text | {"subject": subject, "council": council.name}


def parts(delivery: OutboxMessage, council: Council, definition: Definition) -> dict[str, str]:
    """The parts of a message for a digest: ``subject``, ``text`` and ``html``."""
    text = contents(delivery, council, definition)
    bodies = {kind: _templates().get_template(f"case_body.{kind}.j2").render(text) for kind in ("txt", "html")}
    return {"subject": text["subject"], "text": bodies["txt"].strip(), "html": Markup(bodies["html"])}  # noqa: S704  # escaped


def finish(
    template: str,
    text: Mapping[str, Any],
    delivery: OutboxMessage,
    message_id: str,
    council: Council,
    sender: Sender,
    now: datetime.datetime,
) -> bytes:
    """The bytes of an email, with both bodies and headers; ``text`` has the ``subject``."""
    headers = {
        "From": formataddr((council.name, sender.address)),
        "To": delivery.address,
        "Reply-To": _reply_to(delivery, council, sender),
        "Subject": text["subject"],
        "Date": format_datetime(now),
        "Message-ID": message_id,
        "In-Reply-To": delivery.follows,
        "References": delivery.follows,
        "Auto-Submitted": "auto-generated",
        "X-Waywarden-Reference": " ".join(dict.fromkeys(each.reference for each in delivery.members or (delivery,))),
    }
    return assemble(
        [(name, value) for name, value in headers.items() if value],
        _templates().get_template(f"{template}.txt.j2").render(text),
        _templates().get_template(f"{template}.html.j2").render(text),
    )


def _reply_to(delivery: OutboxMessage, council: Council, sender: Sender) -> str:
    """The council's address for the process and recipient; else the one in the settings; else the officers' one."""
    to = delivery.recipient if delivery.address_is_known else CITIZEN
    return council.reply_address(delivery.process, to) or sender.reply_to or council.review_address


def _contents(delivery: OutboxMessage, council: Council, definition: Definition) -> tuple[str, dict[str, Any]]:
    """The subject and the values for the templates. A follow-up only says where the report is and what was reported."""
    chosen = _wording(delivery, definition)
    subject = " ".join(chosen.subject.split())
    text: dict[str, Any] = {
        "reference": delivery.reference,
        "where": where_lines(delivery),
        "received": f"Received on {with_time(delivery.received_at)}",
        "map": map_link(delivery, council),
        "additions": [addition_lines(each, definition, acts=acts_on(delivery)) for each in delivery.additions],
    }
    if delivery.role is Role.FOLLOW_UP:
        nothing: dict[str, Any] = {"reason": "", "why": "", "details": None, "steps": [], "reporter": [], "others": []}
        nothing |= said(definition, delivery.answers, {}, {})
        about = next((about for reason, about in ABOUT.items() if delivery.reason.startswith(reason)), "Re")
        return f"{about}: {subject}", text | nothing | {"opening": delivery.reason, "choices": []}
    return subject, text | {
        **said(definition, delivery.answers, delivery.words, personal_of(delivery)),
        "opening": chosen.opening,
        "reason": delivery.reason,
        "why": "Why we sent it there" if delivery.role is Role.COPY else "Why you get this",
        "details": delivery.details,
        "steps": _steps(delivery, definition),
        "choices": _choices(delivery, definition),
        "others": [_other(each, definition) for each in delivery.others],
        "reporter": reporter_lines(delivery.reporter),
    }


def _wording(delivery: OutboxMessage, definition: Definition) -> Wording:
    recipient = definition.recipients.get(delivery.recipient) or definition.recipients.get(REVIEW)
    is_copy = delivery.role is Role.COPY or delivery.follows_copy
    if is_copy and recipient is not None and recipient.copy_message is not None:
        return recipient.copy_message
    if recipient is not None and recipient.message is not None:
        return recipient.message
    chosen = TO_DECIDE if delivery.role is Role.REVIEW else TO_KNOW
    words = {"process.title": definition.process.title, "reference": delivery.reference}
    return Wording(subject=render(chosen.subject, words), opening=render(chosen.opening, words))


def _steps(delivery: OutboxMessage, definition: Definition) -> list[str]:
    if delivery.role is Role.COPY:
        return []
    recipient = definition.recipients.get(delivery.recipient) or definition.recipients.get(REVIEW)
    return list(recipient.next_steps) if recipient is not None else []


def _choices(delivery: OutboxMessage, definition: Definition) -> list[tuple[str, str]]:
    """Who can get a report in review, in words, with the option of the command."""
    if delivery.role is not Role.REVIEW:
        return []
    found = list[tuple[str, str]]()
    for each in definition.recipient:
        if definition.has_stages and each.first_stage is None:
            continue  # no case begins with them
        if each.kind is RecipientKind.PARISH:
            found += [(title, f"--to {each.id}{option}") for title, option in _parishes(delivery, _named(each))]
        elif each.id != REVIEW:
            found.append((_named(each), f"--to {each.id}"))
    return found


def _parishes(delivery: OutboxMessage, title: str) -> list[tuple[str, str]]:
    """The possible parishes, with the option of the command. If the parish is certain, no option is needed."""
    place = place_of(delivery)
    if place.get("state") == PlaceState.PARISH:
        return [(title, "")]
    candidates = [each["name"] for each in place.get("candidates", [])]
    return [(f"The parish council of {name}", f' --parish "{name}"') for name in candidates] or [
        ("A parish council", " --parish NAME")
    ]


def _named(recipient: Recipient) -> str:
    title = recipient.title.removeprefix("the ")
    return f"{title[:1].upper()}{title[1:]}"


def _other(other: Other, definition: Definition) -> str:
    recipient = definition.recipients.get(other.recipient)
    title = _named(recipient) if recipient is not None else other.recipient
    return f"{title} ({'to act on it' if other.role is Role.TO else 'with a copy'}): {other.address}"
