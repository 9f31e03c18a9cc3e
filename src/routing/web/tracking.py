"""A citizen and their report, behind reference and token: see where it stands, add to it, withdraw it."""

import datetime
from typing import Any
from uuid import UUID, uuid5

from routing.casework import Standing, add_information, find_tracked, standing, track, withdraw
from routing.database import Transaction
from routing.errors import UnknownError
from routing.process import in_language
from routing.texts import gettext as _
from routing.web.context import WebContext


def look(ctx: WebContext, reference: str, token: str) -> Standing:
    """Where a report stands.

    Raises:
        UnknownError: no such reference, or another token, or one whose time is over: the same words for all.
    """
    with ctx.database.transaction() as tx:
        row = track(tx, _find(tx, reference, token))
        key = (row["process_scope"], row["process"], row["process_version"])
        ctx.catalogue.load_versions(tx, [key])
    council = ctx.catalogue.council_of(row["council"])
    definition = ctx.catalogue.version(*key) or ctx.catalogue.definition(council.slug, row["process"])
    return standing(row, council, in_language(definition), datetime.datetime.now(datetime.UTC))


def add(ctx: WebContext, reference: str, token: str, once: str, text: str) -> None:
    """Add information to a report.

    Args:
        once: of the form that was filled in: sending the same twice adds it once.

    Raises:
        UnknownError: as ``look``.
        TransitionError, InputError: it takes no more.
    """
    with ctx.database.transaction() as tx:
        report = _find(tx, reference, token)
        add_information(tx, ctx.catalogue, report, addition_id(report, once, text), text)
    ctx.hint()


def addition_id(report: UUID, once: str, text: str) -> UUID:
    """The id of what was filled in; going back and writing something else makes another."""
    return uuid5(report, f"{once}\n{text}")


def take_back(ctx: WebContext, reference: str, token: str) -> None:
    """Withdraw a report.

    Raises:
        UnknownError: as ``look``.
        TransitionError: it has ended.
    """
    with ctx.database.transaction() as tx:
        withdraw(tx, ctx.catalogue, _find(tx, reference, token))
    ctx.hint()


def _find(tx: Transaction, reference: str, token: str) -> UUID:
    report = find_tracked(tx, reference, token)
    if report is None:
        raise UnknownError("reference", _("No report has this reference and token. Use the address you were given."))
    return report


def as_document(told: Standing) -> dict[str, Any]:
    """As the API says it."""
    return {
        "reference": told.reference,
        "process": told.definition.slug,
        "council": told.council.name,
        "council_slug": told.council.slug,
        "state": told.state.value,
        "text": told.text,
        "received_at": told.received_at.isoformat(),
        "changed_at": told.changed_at.isoformat(),
        "happened": [{"at": at.isoformat(), "text": text} for at, text in told.happened],
        "expected_by": told.expected_by.isoformat() if told.expected_by else None,
        "next": told.next,
        "reply_within_working_days": told.definition.process.reply_within_working_days,
    }
