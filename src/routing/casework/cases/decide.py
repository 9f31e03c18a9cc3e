"""The decision, pure: answers + place + contacts → who must act. The web uses the same table before it stores."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.casework.cases.addressing import AddressBook, Contacts
from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.model import Addressee, Case, Decision
from routing.casework.cases.settling import Settled, settle
from routing.casework.cases.stage_case import Begun
from routing.casework.cases.wording import wording
from routing.council import Council
from routing.days import day_of
from routing.place import Place, seen_from_home
from routing.process import (
    Definition,
    Needs,
    Rule,
    Signpost,
    complete_answers,
    evaluate,
    filled,
    render,
)
from routing.process.advance import CaseMachine
from routing.process.case import Step
from routing.process.table import table_values
from routing.vocabulary import REVIEW, PlaceState, Role

UNDECIDED = "NONE"
"""Rule id if no rule decides, and an officer must."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of the table, and its council, which depends on the place."""

    council: Council
    definition: Definition
    place: Place | None
    result: Rule | Needs


def assess(
    catalogue: Catalogue,
    council: Council,
    definition: Definition,
    answers: Mapping[str, str],
    place: Place | None,
    on: datetime.date,
) -> Assessment:
    """Apply the table; for a place in another council on this service, that council's table.

    Args:
        answers: validated (``check_answers``), maybe incomplete.
        place: from the council's view, or None if not known yet.
        on: the day on which the answers were given.
    """
    council, definition, place = decided_by(catalogue, council, definition, place)
    complete = complete_answers(definition, answers, {name: bool(council.listed(name)) for name in council.lists})
    given = definition.given_on(on, council.calendar)
    return Assessment(council, definition, place, evaluate(definition, complete, place.state if place else None, given))


def decided_by(
    catalogue: Catalogue, council: Council, definition: Definition, place: Place | None
) -> tuple[Council, Definition, Place | None]:
    """The council whose table decides, its table, and the place from its view."""
    if place is None or place.state is not PlaceState.OUTSIDE_SERVED:
        return council, definition, place
    other = catalogue.by_gss[place.district or ""]
    if definition.slug not in other.processes:
        return council, definition, replace(place, state=PlaceState.OUTSIDE_OTHER)
    return other, catalogue.definition(other.slug, definition.slug), seen_from_home(place)


def signpost(
    catalogue: Catalogue,
    council: Council,
    definition: Definition,
    answers: Mapping[str, str],
    place: Place | None,
    on: datetime.date,
) -> Signpost | None:
    """The signpost with its texts filled; None if there is a case, or no decision yet."""
    found = assess(catalogue, council, definition, answers, place, on)
    if isinstance(found.result, Needs) or found.result.signpost is None:
        return None
    return filled_signpost(found)


def filled_signpost(found: Assessment) -> Signpost:
    """The signpost of an assessment, with its placeholders filled."""
    assert isinstance(found.result, Rule)
    assert found.result.signpost is not None
    return filled(found.definition, _wording_of(found)).signposts[found.result.signpost]


def _wording_of(found: Assessment, reference: str = "") -> dict[str, str]:
    area = found.place.area if found.place else None
    return wording(
        found.council,
        found.definition,
        place_name=area.name if area else None,
        district_name=found.place.district_name if found.place else None,
        reference=reference,
    )


def decide(
    case: Case,
    place: Place | None,
    catalogue: Catalogue,
    contacts: Contacts,
    now: datetime.datetime,
    at: datetime.datetime | None = None,
) -> Decision:
    """Decide one report. Never fails because of a report's content: if no rule can decide it, it goes to review.

    Args:
        place: from the view of ``case.council``; None in a process without a place.
        contacts: contacts of every council that may decide it.
        now: by the real time, because contacts age by it.
        at: by the time of cases; by default the same.
    """
    at = at or now
    council = catalogue.councils.get(case.council)
    definition = catalogue.version(case.process_scope, case.process, case.process_version)
    if council is None or definition is None:
        return _to_review(
            case, catalogue.default, None, place, "This service no longer has its council or process.", now
        )
    found = assess(catalogue, council, definition, case.answers, place, day_of(case.received_at))
    if isinstance(found.result, Needs):
        return _to_review(
            case, found.council, found.definition, found.place, "An answer is missing that we need to decide.", at
        )
    if found.result.to is None:
        reason = f"Rule {found.result.id} now gives a signpost for this, but we took the report before."
        return _to_review(case, found.council, found.definition, found.place, reason, at)
    return _case(case, found, found.result, _address_book(found, contacts, now), at)


def _case(case: Case, found: Assessment, rule: Rule, book: AddressBook, at: datetime.datetime) -> Decision:
    assert rule.to is not None
    begun, acting = _begun(case, found, rule, book, at)
    if begun is None:
        role = Role.REVIEW if rule.to == REVIEW else Role.TO
        acting = (_review(found.council),) if found.definition.has_stages else (
            book.find_or_fallback(found.definition.recipients[rule.to], role),
        )  # fmt: skip
    copies = [book.find(found.definition.recipients[name], Role.COPY) for name in rule.copy_to]
    taken = {each.destination for each in acting}
    kept = list(acting)
    for each in copies:
        if isinstance(each, Addressee) and each.destination not in taken:
            taken.add(each.destination)
            kept.append(each)
    return Decision(
        case.id,
        case.reference,
        rule.id,
        "review" if rule.to == REVIEW else "case",
        render(rule.because, _wording_of(found, case.reference)),
        found.council.slug,
        found.place,
        tuple(kept),
        case.last_sequence + 1,
        versions=_versions(found.council, found.definition, found.place),
        notes=tuple(book.notes),
        parish_council=book.parish_council,
        begun=begun or _waits_for_officers(case, found, at),
    )


def _address_book(found: Assessment, contacts: Contacts, now: datetime.datetime) -> AddressBook:
    area = found.place.area if found.place is not None and found.place.state is PlaceState.PARISH else None
    return AddressBook(found.council, found.definition, area.code if area else None, contacts, now)


def _review(council: Council) -> Addressee:
    return Addressee(REVIEW, Role.REVIEW, council.review)


def _begun(
    case: Case, found: Assessment, rule: Rule, book: AddressBook, at: datetime.datetime
) -> tuple[Begun | None, tuple[Addressee, ...]]:
    """How a case in stages begins, and whom we ask; None in a process without stages, and for officers."""
    if not found.definition.has_stages or rule.to == REVIEW:
        return None, ()
    machine = CaseMachine(found.definition, found.council.office)
    state = found.place.state if found.place is not None else None
    entered = machine.enter(rule, case.received_at, state, *_known(case, found), at=at)
    settled = settle(machine, None, machine.begin(entered), book)
    return Begun(settled, at), settled.asks


def _waits_for_officers(case: Case, found: Assessment, at: datetime.datetime) -> Begun | None:
    """A case that officers must see to has a clock too (rule 17), in a process with stages."""
    if not found.definition.has_stages:
        return None
    machine = CaseMachine(found.definition, found.council.office)
    state = found.place.state if found.place is not None else None
    waits = machine.review(case.received_at, state, *_known(case, found), since=at)
    return Begun(Settled(Step(waits), ()), at)


def _known(case: Case, found: Assessment) -> tuple[dict[str, str], dict[str, str]]:
    """The answers that tables and clocks can read, and their values in tables."""
    lists = {name: bool(found.council.listed(name)) for name in found.council.lists}
    values = complete_answers(found.definition, case.answers, lists)
    given = found.definition.given_on(day_of(case.received_at), found.council.calendar)
    return values, table_values(found.definition, values, given)


def _to_review(
    case: Case, council: Council, definition: Definition | None, place: Place | None, reason: str,
    at: datetime.datetime,
) -> Decision:  # fmt: skip
    return Decision(
        case.id,
        case.reference,
        UNDECIDED,
        "review",
        reason,
        council.slug,
        place,
        (_review(council),),
        case.last_sequence + 1,
        versions=_versions(council, definition, place),
        begun=_waits_for_officers(case, Assessment(council, definition, place, Needs("")), at)
        if definition is not None
        else None,
    )


def _versions(council: Council, definition: Definition | None, place: Place | None) -> dict[str, str | None]:
    return {
        "process": f"{definition.slug} {definition.version}" if definition else None,
        "process_sha256": definition.sha256 if definition else None,
        "council": f"{council.slug} {council.council.version}",
        "council_sha256": council.sha256,
        "vintage": place.vintage if place is not None else None,
    }
