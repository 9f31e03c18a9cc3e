"""The current state of a journey: the council that decides, its view of the place, and the remaining pages."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from routing.casework import Journey, NewReport, Reporter, Similar, decided_by, find_similar, wording
from routing.council import Council
from routing.database import Transaction
from routing.days import today
from routing.place import Place, locate_one
from routing.process import (
    PLACE,
    Definition,
    Given,
    Nearby,
    Question,
    complete_answers,
    filled,
    in_language,
    kept_apart,
)
from routing.web.context import WebContext
from routing.web.journey.page_sequence import CHECK, CONTACT, DETAILS, SIMILAR, PageSequence, page_sequence
from routing.web.journey.places import POINT, view_of

MINE = "mine"
"""The choice of a separate report, if there are others nearby."""


@dataclass(frozen=True, slots=True)
class JourneyView:
    """Data for the pages.

    Attributes:
        unfilled: the definition that decides, with its placeholders as they stand in the file.
        council, definition: that decide; the place may lie in another served council than the one that was asked. The
            definition's texts are in the language of the pages, with their placeholders filled.
        answers: question id → value, of the questions that count.
        left_empty: the questions that can be left empty, and were.
        similar: reports of others nearby, which we look for when everything else is done.
        not_offered: question id → an answer that the definition no longer has.
    """

    journey: Journey
    council: Council
    unfilled: Definition
    definition: Definition
    place: Place | None
    answers: Mapping[str, str]
    sequence: PageSequence
    similar: tuple[Similar, ...] = ()
    not_offered: Mapping[str, str] = field(default_factory=dict)
    left_empty: frozenset[str] = frozenset()

    @property
    def given(self) -> Given:
        """Today, under the calendar of the process."""
        return self.definition.given_on(today(), self.council.calendar)

    @property
    def joins(self) -> UUID | None:
        """The nearby report to add this one to; None for a separate report."""
        chosen = self.journey.entered.get(SIMILAR, {}).get("choice")
        return next((each.id for each in self.similar if str(each.id) == chosen), None)

    @property
    def _has_chosen(self) -> bool:
        """Whether the citizen chose one of the similar reports, or none, for this place."""
        entered = self.journey.entered
        kept = entered.get(SIMILAR, {})
        return self.joins is not None or (kept.get("choice") == MINE and kept["at"] == place_key(entered))

    @property
    def asks_nearby(self) -> bool:
        """Whether the process shows similar reports to others."""
        return self.definition.process.nearby is Nearby.ASK

    @property
    def has_confirmed(self) -> bool:
        """Whether the citizen has checked and sent this place. We do not show reports nearby before that."""
        kept = self.journey.entered.get(CHECK, {})
        return self.asks_nearby and self.place is not None and kept.get("at") == place_key(self.journey.entered)

    @property
    def entered_pages(self) -> set[str]:
        """The pages that are done."""
        done = {page for page in (DETAILS, CONTACT) if page in self.journey.entered and not self._lacks(page)}
        done |= {SIMILAR} if self._has_chosen else set()
        return done | self.answers.keys() | self.left_empty | ({PLACE} if self.place is not None else set())

    def _lacks(self, page: str) -> bool:
        """Whether a page was left empty before the process needed it."""
        entered = self.journey.entered[page]
        if page == DETAILS:
            return self.definition.needs_details and not entered.get(DETAILS)
        return self.definition.needs_contact and not (entered.get("email") or entered.get("phone"))

    @property
    def next_page(self) -> str | None:
        """The first page that is not done, or the check page; None if a signpost ends the journey."""
        return self.sequence.next_open(self.entered_pages)

    @property
    def digest(self) -> str:
        """A mark of the answers that a citizen has checked, and of who would decide. It differs for each report."""
        rule = self.sequence.rule.id if self.sequence.rule else ""
        decides = [self.council.slug, self.definition.version, rule, str(self.joins)]
        entered = {page: value for page, value in self.journey.entered.items() if page != CHECK}
        text = json.dumps([entered, decides], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def is_open(self, page: str) -> bool:
        """Whether we can show a page: it is in the journey, and all pages before it are done."""
        if page not in self.sequence.pages:
            return False
        before = self.sequence.pages[: self.sequence.pages.index(page)]
        return set(before) <= self.entered_pages

    def report(self) -> NewReport:
        """The report of a finished journey."""
        entered = self.journey.entered
        where, who = entered.get(PLACE, {}) if self.definition.has_place else {}, entered.get(CONTACT, {})
        asked = {page: self.answers[page] for page in self.sequence.pages if page in self.answers}
        kept = kept_apart(self.definition, asked)
        contact = (who.get("name"), who.get("email"), who.get("phone"), bool(who.get("may_pass_on")))
        return NewReport(
            self.council.slug,
            self.definition.slug,
            self.definition.scope,
            self.definition.version,
            kept.answers,
            where.get("easting"),
            where.get("northing"),
            (entered.get(DETAILS, {}).get("details") or None) if self.definition.details is not None else None,
            Reporter(*contact, kept.personal),
            where.get("name") if where.get("kind") not in (None, "", POINT) else None,
            kept.words,
        )


def view_journey(ctx: WebContext, journey: Journey, tx: Transaction) -> JourneyView:
    """Evaluate the current state of a journey.

    Raises:
        UnknownError: this service no longer has its council or process.
    """
    home = ctx.catalogue.council(journey.council)
    definition = ctx.catalogue.definition(home.slug, journey.process)
    found = _look_up(ctx, home, journey.entered.get(PLACE))
    council, definition, place = decided_by(ctx.catalogue, home, definition, found)
    definition = in_language(definition)
    entered = {
        question.id: journey.entered[key]
        for question in definition.question
        if (key := entered_key(question, council)) in journey.entered
    }
    given = definition.given_on(today(), council.calendar)
    questions = definition.questions
    answers = {name: value for name, value in entered.items() if value and questions[name].takes(value, given)}
    left_empty = {name for name, value in entered.items() if not value and not questions[name].needed}
    fixed = complete_answers(definition, {}, {name: bool(council.listed(name)) for name in council.lists})
    sequence = page_sequence(definition, fixed, answers, place.state if place else None, given)
    words = wording(
        council,
        definition,
        place_name=place.area.name if place and place.area else None,
        district_name=place.district_name if place else None,
        answers=answers,
        given=given,
    )
    not_offered = {name: value for name, value in entered.items() if value and name not in answers}
    view = JourneyView(journey, council, definition, filled(definition, words), place, answers, sequence,
                       not_offered=not_offered, left_empty=frozenset(left_empty))  # fmt: skip
    if view.next_page != CHECK or not view.has_confirmed:
        return view
    where = journey.entered[PLACE]
    similar = find_similar(tx, council.slug, definition.slug, where["easting"], where["northing"])
    return replace(view, sequence=sequence.with_similar(), similar=tuple(similar)) if similar else view


def place_key(entered: Mapping[str, Any]) -> str:
    """The point of an answer; another text if there is none."""
    kept = entered.get(PLACE, {})
    return f"{kept.get('easting')}:{kept.get('northing')}"


def entered_key(question: Question, council: Council) -> str:
    """The key of an answer. An answer about one council's list does not count for another's."""
    return question.id if question.only_if_council_lists is None else f"{question.id}:{council.slug}"


def _look_up(ctx: WebContext, home: Council, entered: Any) -> Place | None:
    if not isinstance(entered, dict) or "easting" not in entered:
        return None
    return locate_one(entered["easting"], entered["northing"], ctx.held, view_of(ctx, home))
