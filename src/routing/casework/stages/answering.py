"""The page on which somebody answers in a stage: what they read there, and their answer."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.stage_case import Kind, StageCase
from routing.casework.cases.telling import NOT_OURS
from routing.casework.stages.advancing import definition_of, known_words, said_before
from routing.casework.stages.events import NewEvent, post_event
from routing.casework.stages.links import Link
from routing.casework.stages.loading import load_cases
from routing.council import Council
from routing.database import Transaction
from routing.days import day_of
from routing.process import Definition, answers_in_words, filled, in_language
from routing.process.case import NotReached
from routing.process.correspondence import case_words
from routing.process.filling import Filled, possible_fields, read_form
from routing.process.kinds import BaseQuestion
from routing.process.stages import CITIZEN
from routing.process.wording import render
from routing.vocabulary import RecipientKind

NEVER = -1
"""Instead of how often they had answered, in what is only to be noted."""


class Standing(StrEnum):
    """How a page to answer stands."""

    OPEN = "open"
    ANSWERED = "answered"
    LEFT = "left"


@dataclass(frozen=True)
class Reported:
    """What was reported, for whoever must act on it.

    Attributes:
        answers: question and answer.
        where: lines about the place.
        point: easting and northing in metres.
        texts: what citizens wrote, the first report first.
        since: field and answer of those who acted before.
        reporter: lines about who reported, if they agreed.
        renews: reference of the former one that this is to renew.
    """

    answers: tuple[tuple[str, str], ...]
    where: tuple[str, ...]
    point: tuple[float, float] | None
    texts: tuple[str, ...]
    since: tuple[tuple[str, str], ...]
    reporter: tuple[str, ...]
    received: datetime.datetime
    renews: str | None = None


@dataclass(frozen=True)
class AnswerPage:
    """A page to answer.

    Attributes:
        done_at: when it was answered or left; of an open page, when they answered before.
        gave_back: what they did last was to say that it is not theirs, or not meant for them.
        answered: how often they have answered in this stage. More time or a citizen's answer has them asked again.
        fields: what can be asked, with filled texts.
        columns: values in tables of what was answered before.
        reported: None once it is not open.
        offers_not_ours: they can say that it is not theirs; ``offers_wrong_address``: nor meant for them.
    """

    link: Link
    council: Council
    definition: Definition
    reference: str
    standing: Standing
    done_at: datetime.datetime | None = None
    gave_back: bool = False
    answered: int = 0
    title: str = ""
    task: str = ""
    due: datetime.datetime | None = None
    is_late: bool = False
    fields: tuple[BaseQuestion, ...] = ()
    columns: Mapping[str, str] | None = None
    reported: Reported | None = None
    offers_not_ours: bool = False
    offers_wrong_address: bool = False


def read_answer_page(tx: Transaction, catalogue: Catalogue, link: Link, now: datetime.datetime) -> AnswerPage:
    """The page behind a link, or of a citizen's own report. Reading it changes nothing."""
    held = load_cases(tx, catalogue, [link.report])[0]
    council, definition = catalogue.council_of(held.council), definition_of(held, catalogue)
    if link.seat == CITIZEN:
        definition = in_language(definition)
    page = AnswerPage(link, council, definition, held.reference, Standing.LEFT)
    sent = tx.execute(
        "SELECT max(v.at) FILTER (WHERE v.seat = %(seat)s AND v.outcome = 'applied') AS own,"
        " count(*) FILTER (WHERE v.seat = %(seat)s AND v.outcome = 'applied' AND v.kind = 'answered') AS answered,"
        " max(v.at) FILTER (WHERE v.seat = %(seat)s AND v.applied_at IS NULL) AS waiting,"
        " (array_agg(v.kind ORDER BY v.at DESC) FILTER (WHERE v.seat = %(seat)s AND (v.outcome = 'applied'"
        " OR v.applied_at IS NULL)))[1] = 'bounced' AS gave_back,"
        " (SELECT e.left_at FROM case_entry e WHERE e.id = %(entry)s) AS left_at FROM case_event v"
        " WHERE v.entry = %(entry)s AND v.kind IN ('answered', 'bounced') AND v.author <> 'channel'",
        {"seat": link.seat, "entry": link.entry},
    ).fetchone()
    assert sent is not None
    entry = held.case.entry
    is_asked = held.entry == link.entry and entry is not None and link.seat in entry.silent
    page = replace(page, answered=sent["answered"], done_at=sent["own"], gave_back=bool(sent["gave_back"]))
    if is_asked and sent["waiting"] is None:
        return _open(tx, page, held, now)  # even if they answered before, and are asked once more
    given = sent["waiting"] or sent["own"]
    return replace(page, standing=Standing.ANSWERED if given else Standing.LEFT, done_at=given or sent["left_at"])


def _open(tx: Transaction, page: AnswerPage, held: StageCase, now: datetime.datetime) -> AnswerPage:
    case, definition, council = held.case.as_if_asked(now), page.definition, page.council
    assert case.entry is not None
    stage, moments = definition.stages[case.entry.stage], case.deadlines(definition, council.office)
    words = case_words(definition, case, moments.day, known_words(held, council, definition))
    in_words = filled(definition, words)
    recipient = definition.recipients.get(page.link.seat)
    can_choose = any(NOT_OURS in getattr(field, "values", ()) for field in definition.fields_of(stage))
    return replace(
        page,
        standing=Standing.OPEN,
        title=render(stage.title, words),
        task=render(stage.task or "", words),
        due=moments.due,
        is_late=moments.due <= now,
        fields=possible_fields(in_words, in_words.stages[stage.id], case.columns),
        columns=case.columns,
        reported=_reported(tx, held, in_words),
        offers_not_ours=recipient is not None and not can_choose,
        offers_wrong_address=recipient is not None,
    )


REPORTED = """
SELECT (SELECT o.reference FROM report o WHERE o.id = r.renews) AS renews,
       r.received_at, r.answers, r.words, r.details, r.easting, r.northing, r.place_name, p.name, p.email, p.phone,
       coalesce(p.may_pass_on, false) AS may_pass_on, p.answers AS personal,
       (SELECT array_agg(t.text ORDER BY t.given_at) FROM (SELECT coalesce(a.text, j.details) AS text, a.given_at
            FROM addition a JOIN report j ON j.id = a.given_by AND j.state <> 'withdrawn' WHERE a.report = r.id) t
        WHERE t.text IS NOT NULL) AS added
FROM report r LEFT JOIN LATERAL (SELECT * FROM reporter p WHERE p.report = r.id ORDER BY p.given_at LIMIT 1) p ON true
WHERE r.id = %s
"""


def _reported(tx: Transaction, held: StageCase, definition: Definition) -> Reported:
    row = tx.execute(REPORTED, (held.report,)).fetchone()
    assert row is not None
    area: Mapping[str, Any] = held.receipt.get("place") or {}
    where = [row["place_name"], f"{area['name']} ({area['code']})" if area.get("name") else None]
    given = {**row["answers"], **row["words"], **(row["personal"] or {})}
    return Reported(
        answers_in_words(definition, given),
        tuple(each for each in where if each),
        (row["easting"], row["northing"]) if row["easting"] is not None else None,
        tuple(text for text in (row["details"], *(row["added"] or ())) if text),
        said_before(held, definition, {}),
        tuple(each for each in (row["name"], row["email"], row["phone"]) if each) if row["may_pass_on"] else (),
        row["received_at"],
        row["renews"],
    )


def citizens_link(tx: Transaction, report: UUID, serial: int) -> Link | None:
    """The citizen's own way to the form of a stage: their page is the letterbox (rule 14)."""
    row = tx.execute("SELECT id FROM case_entry WHERE report = %s AND serial = %s", (report, serial)).fetchone()
    return Link(report, row["id"], serial, CITIZEN) if row is not None else None


def read_answers(page: AnswerPage, said: Mapping[str, Any], now: datetime.datetime) -> Filled:
    """What was filled in on an open page, read by its kinds."""
    given = page.definition.given_on(day_of(now), page.council.calendar)
    return read_form(page.fields, said, given, page.columns or {})


def take_answer(tx: Transaction, page: AnswerPage, answers: Filled, author: str) -> None:
    """Store an answer. The engine applies it if the case still stands where it was asked, else it is a note."""
    assert not answers.refused
    said = {"values": answers.values, "columns": answers.columns, "answered": page.answered}
    post_event(tx, NewEvent(page.link.report, Kind.ANSWERED, author, page.link.entry, page.link.seat, said))


def note_late(tx: Transaction, page: AnswerPage, author: str) -> None:
    """Store that somebody sent a form that nobody waits for any more. The history has a line of it, without words."""
    said: dict[str, Any] = {"values": {}, "columns": {}, "answered": NEVER}
    post_event(tx, NewEvent(page.link.report, Kind.ANSWERED, author, page.link.entry, page.link.seat, said))


def give_back(tx: Transaction, page: AnswerPage, why: NotReached, author: str) -> None:
    """Store that the case is not for whoever was asked."""
    said = {"why": why.value}
    post_event(tx, NewEvent(page.link.report, Kind.BOUNCED, author, page.link.entry, page.link.seat, said))


def is_parish(page: AnswerPage) -> bool:
    """Whether a clerk is asked."""
    recipient = page.definition.recipients.get(page.link.seat)
    return recipient is not None and recipient.kind is RecipientKind.PARISH
