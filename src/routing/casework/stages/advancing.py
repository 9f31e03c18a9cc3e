"""Advance loaded cases: each by its own definition and its council's office. Pure."""

import datetime
from collections.abc import Iterable, Mapping

from routing.casework.cases.addressing import AddressBook, Contacts
from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.changes import Advancer, Change
from routing.casework.cases.model import Decision
from routing.casework.cases.stage_case import StageCase
from routing.casework.cases.wording import wording
from routing.council import Council
from routing.days import day_of
from routing.process import Definition
from routing.process.advance import CaseMachine
from routing.process.case import CaseState
from routing.process.kinds import Keeping
from routing.process.wording import render
from routing.vocabulary import PlaceState


def advance_cases(
    cases: Iterable[StageCase], catalogue: Catalogue, contacts: Contacts, real_now: datetime.datetime,
    now: datetime.datetime,
) -> list[Change]:  # fmt: skip
    """What each case becomes.

    Args:
        real_now: because contacts age by it.
        now: by the time of cases.
    """
    return [_advancer(held, catalogue, contacts, real_now, now).advance(held) for held in cases]


def begin_case(
    held: StageCase, decision: Decision, catalogue: Catalogue, contacts: Contacts, real_now: datetime.datetime
) -> Change:
    """How a decided case begins.

    Args:
        held: as ``load_cases`` gives it once it is stored, in no stage.
    """
    assert decision.begun is not None
    advancer = _advancer(held, catalogue, contacts, real_now, decision.begun.at)
    return advancer.begin(held, decision.begun.settled, decision.reason)


def _advancer(
    held: StageCase, catalogue: Catalogue, contacts: Contacts, real_now: datetime.datetime, now: datetime.datetime
) -> Advancer:
    council = catalogue.council_of(held.council)
    definition = definition_of(held, catalogue)
    book = AddressBook(council, definition, parish_of(held), contacts, real_now)
    return Advancer(CaseMachine(definition, council.office), book, known_words(held, council, definition), now)


def definition_of(held: StageCase, catalogue: Catalogue) -> Definition:
    """The version that a case follows."""
    definition = catalogue.version(*held.version)
    assert definition is not None, f"{held.version} was loaded with the case"
    return definition


def parish_of(held: StageCase) -> str | None:
    """The code of the parish of a case; None if its place is in none."""
    return held.area_code if held.case.place is PlaceState.PARISH else None


def known_words(held: StageCase, council: Council, definition: Definition) -> dict[str, str]:
    """The placeholders that the case does not know: of the council, the place, the reference and pages of fees."""
    place: Mapping[str, str | None] = held.receipt.get("place") or {}
    return wording(
        council,
        definition,
        place_name=place.get("name"),
        reference=held.reference,
        parish_council=held.receipt.get("parish_council") or "",
        answers={name: value for name, value in held.case.values.items() if name in definition.questions},
        given=definition.given_on(day_of(held.case.received), council.calendar),
    )


def said_before(held: StageCase, definition: Definition, words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Field and answer of those who acted before, in words, without what is about a person."""
    return tuple(
        (render(field.ask, words), field.display(held.case.values[name]))
        for name, field in definition.fields.items()
        if name in held.case.values
        and field.kept_with is not Keeping.REPORTER
        and field.is_offered(held.case.values[name])
    )


def empty_case(received: datetime.datetime, place: PlaceState | None) -> CaseState:
    """A case that is in no stage yet."""
    return CaseState(received, "", place, {}, {})
