"""A citizen's report, with reference and token: see its state, add to it, withdraw it."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from routing import present
from routing.casework import (
    AnswerPage,
    NotTaken,
    PublicStatus,
    StageStatus,
    Standing,
    State,
    add_information,
    begin_journey,
    citizens_link,
    end_journey,
    find_tracked,
    keep_typed,
    public_status,
    read_answer_page,
    read_journey,
    track,
    withdraw,
)
from routing.database import Transaction
from routing.errors import UnknownError
from routing.i18n import gettext as _
from routing.process import in_language
from routing.vocabulary import parse_report_reference
from routing.web.context import WebContext

TOKEN = 32
"""Characters of a token (``secrets.token_urlsafe(24)``)."""

CARRIED = re.compile(rf"(?:3D)?([A-Za-z0-9_-]{{{TOKEN}}})[_-]*")
_NO_PART = re.compile(r"[^A-Za-z0-9_-]+")


def read_token(text: str) -> str:
    """The token in a link. A mail program may add characters to it, or break it in two."""
    found = CARRIED.fullmatch(_NO_PART.sub("", text))
    return found[1] if found else text


def look(ctx: WebContext, reference: str, token: str) -> PublicStatus:
    """The state of a report.

    Raises:
        UnknownError: unknown reference, wrong token or expired token, with the same words for all.
    """
    with ctx.database.transaction() as tx:
        row = track(tx, _find(tx, reference, token), ctx.catalogue)
        key = (row["process_scope"], row["process"], row["process_version"])
        ctx.catalogue.load_versions(tx, [key])
    council = ctx.catalogue.council_of(row["council"])
    definition = ctx.catalogue.version(*key) or ctx.catalogue.definition(council.slug, row["process"])
    return public_status(row, council, in_language(definition), present.now())


def add(ctx: WebContext, reference: str, token: str, once: str, text: str) -> None:
    """Add information to a report.

    Args:
        once: id of the form. Sending the same twice adds it once.

    Raises:
        UnknownError: as ``look``.
        TransitionError, InputError: it is closed for additions.
    """
    with ctx.database.transaction() as tx:
        report = _find(tx, reference, token)
        add_information(tx, ctx.catalogue, report, addition_id(report, once, text), text)
    ctx.hint()


def addition_id(report_id: UUID, once: str, text: str) -> UUID:
    """The id of the form's content. Other content has another id."""
    return uuid5(report_id, f"{once}\n{text}")


def citizens_page(ctx: WebContext, told: PublicStatus) -> AnswerPage | None:
    """The form of the stage that asks the citizen of a report; None if they are not asked now."""
    if told.staged is None or not told.staged.asks or told.state is State.MERGED:
        return None
    with ctx.database.transaction() as tx:
        link = citizens_link(tx, told.id, told.staged.serial)
        found = read_answer_page(tx, ctx.catalogue, link, present.now()) if link is not None else None
    return found if found is not None and found.standing is Standing.OPEN else None


def former_page(ctx: WebContext, told: PublicStatus, serial: str) -> AnswerPage | None:
    """The page of a stage that a citizen still had a form for; None if there is none."""
    if not (serial.isascii() and serial.isdecimal() and len(serial) <= 6) or told.state is State.MERGED:
        return None
    with ctx.database.transaction() as tx:
        link = citizens_link(tx, told.id, int(serial))
        return read_answer_page(tx, ctx.catalogue, link, present.now()) if link is not None else None


def can_renew(ctx: WebContext, told: PublicStatus) -> bool:
    """Whether a citizen can apply again before their permission runs out: the council must still offer the process."""
    is_theirs = told.staged is not None and told.staged.can_renew and told.state is not State.MERGED
    return is_theirs and (told.council.slug, told.definition.slug) in ctx.catalogue.offered


def renewed_report(ctx: WebContext, slug: str, form: Mapping[str, str]) -> UUID | None:
    """The report that a new one is to renew, from the form on its page; None without one, or if it cannot be renewed.

    Raises:
        UnknownError: as ``look``.
    """
    if not form.get("renews"):
        return None
    told = look(ctx, form["renews"], read_token(form.get("token", "")))
    return told.id if told.definition.slug == slug and can_renew(ctx, told) else None


def answer_secret(told: PublicStatus, token: str) -> str:
    """Under which we keep what a citizen filled in and we could not take."""
    return f"answer:{told.reference}:{told.staged.serial if told.staged is not None else 0}:{token}"


def withdraw_report(ctx: WebContext, reference: str, token: str) -> None:
    """Withdraw a report.

    Raises:
        UnknownError: as ``look``.
        TransitionError: it has ended.
    """
    with ctx.database.transaction() as tx:
        withdraw(tx, ctx.catalogue, _find(tx, reference, token))
    ctx.hint()


def keep_draft(ctx: WebContext, told: PublicStatus, token: str, typed: NotTaken) -> None:
    """Store what could not be added to a report like a journey: for a day, for people with the token."""
    secret = _secret(told.reference, token)
    with ctx.database.transaction() as tx:
        begin_journey(tx, secret, told.council.slug, told.definition.slug)
        keep_typed(tx, secret, typed)


def read_draft(ctx: WebContext, reference: str, token: str) -> NotTaken | None:
    """What could not be added; None if there is nothing."""
    with ctx.database.statements() as tx:
        journey = read_journey(tx, _secret(reference, token))
    return journey.not_taken if journey is not None else None


def drop_draft(ctx: WebContext, reference: str, token: str) -> None:
    """It was added."""
    with ctx.database.statements() as tx:
        end_journey(tx, _secret(reference, token))


def _secret(reference: str, token: str) -> str:
    return f"add:{parse_report_reference(reference)}:{token}"


def _find(tx: Transaction, reference: str, token: str) -> UUID:
    report = find_tracked(tx, reference, read_token(token))
    if report is None:
        raise UnknownError(
            "reference", _("Use the full address that we gave you. We have nothing with this reference and token.")
        )
    return report


def as_document(told: PublicStatus) -> dict[str, Any]:
    """The report in the API's format."""
    return {
        "reference": told.reference,
        "process": told.definition.slug,
        "council": told.council.name,
        "council_slug": told.council.slug,
        "state": told.state.value,
        "text": told.text,
        "because": told.because,
        "received_at": told.received_at.isoformat(),
        "changed_at": told.changed_at.isoformat(),
        "happened": [{"at": at.isoformat(), "text": text} for at, text in told.happened],
        "expected_by": told.expected_by.isoformat() if told.expected_by else None,
        "is_late": told.is_late,
        "promise": told.promise,
        "next": told.next,
        "reply_within_working_days": told.definition.process.reply_within_working_days,
        "stage": _stage(told.staged),
        "letters": [
            {"at": each.at.isoformat(), "subject": each.subject, "text": each.text}
            for each in (told.staged.letters if told.staged is not None else ())
        ],
    }


def _stage(staged: StageStatus | None) -> dict[str, Any] | None:
    """Where a case in stages stands: whose turn it is by its title, and until when."""
    if staged is None:
        return None
    due = staged.due.isoformat() if staged.due is not None else None
    said = {"id": staged.id, "title": staged.title, "is_end": staged.is_ended, "due": due}
    return said | {"is_late": staged.is_late, "asks_you": staged.asks}
