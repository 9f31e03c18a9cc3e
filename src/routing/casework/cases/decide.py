"""The decision, pure: answers + place + contacts → who must act. The web uses the same table before it stores."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.casework.cases.catalogue import Catalogue
from routing.casework.cases.model import Addressee, Case, Decision
from routing.casework.cases.wording import wording
from routing.contacts import Contact, ContactState, Freshness
from routing.council import Council
from routing.days import day_of
from routing.place import Place, seen_from_home
from routing.process import (
    Definition,
    Needs,
    Recipient,
    Rule,
    Signpost,
    complete_answers,
    evaluate,
    filled,
    render,
)
from routing.vocabulary import REVIEW, Destination, PlaceState, RecipientKind, Role

Contacts = Mapping[tuple[str, str], Contact]
"""(council, parish code) → contact."""

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
    case: Case, place: Place | None, catalogue: Catalogue, contacts: Contacts, now: datetime.datetime
) -> Decision:
    """Decide one report. Never fails because of a report's content: if no rule can decide it, it goes to review.

    Args:
        place: from the view of ``case.council``; None in a process without a place.
        contacts: contacts of every council that may decide it.
    """
    council = catalogue.councils.get(case.council)
    definition = catalogue.version(case.process_scope, case.process, case.process_version)
    if council is None or definition is None:
        return _to_review(case, catalogue.default, None, place, "This service no longer has its council or process.")
    found = assess(catalogue, council, definition, case.answers, place, day_of(case.received_at))
    if isinstance(found.result, Needs):
        return _to_review(
            case, found.council, found.definition, found.place, "An answer is missing that we need to decide."
        )
    if found.result.to is None:
        reason = f"Rule {found.result.id} now gives a signpost for this, but we took the report before."
        return _to_review(case, found.council, found.definition, found.place, reason)
    return _case(case, found, found.result, contacts, now)


def _case(case: Case, found: Assessment, rule: Rule, contacts: Contacts, now: datetime.datetime) -> Decision:
    assert rule.to is not None
    chooser = _Chooser(found, contacts, now)
    to = chooser.choose(found.definition.recipients[rule.to], Role.REVIEW if rule.to == REVIEW else Role.TO)
    copies = [chooser.choose(found.definition.recipients[name], Role.COPY) for name in rule.copy_to]
    addressees = [each for each in (to, *copies) if each is not None]
    kept = [
        each for n, each in enumerate(addressees) if each.destination not in {a.destination for a in addressees[:n]}
    ]
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
        notes=tuple(chooser.notes),
        parish_council=chooser.parish_council,
    )


class _Chooser:
    """Finds the mailbox of each recipient. If we cannot email a parish, its fallback team takes its place."""

    def __init__(self, found: Assessment, contacts: Contacts, now: datetime.datetime) -> None:
        self.found, self.contacts, self.now = found, contacts, now
        self.freshness = Freshness.of(found.council.contacts)
        self.notes: list[str] = []
        self.parish_council: str | None = None

    def choose(self, recipient: Recipient, role: Role) -> Addressee | None:
        """The addressee for a recipient; None for a copy to a parish that does not exist, or that we cannot email."""
        if recipient.kind is not RecipientKind.PARISH:
            return Addressee(recipient.id, role, self._team(recipient.id))
        place, council = self.found.place, self.found.council
        if place is None or place.state is not PlaceState.PARISH or place.area is None:
            return None
        contact = self.contacts.get((council.slug, place.area.code))
        reach = self.freshness.reach(contact, self.now)
        self.parish_council = contact.published.council_name if contact else None
        if reach.destination is not None:
            assert contact is not None
            return Addressee(
                recipient.id,
                role,
                reach.destination,
                contact.id,
                contact.obtained_at,
                contact.source,
                checked_at=contact.checked_at,
                contact_state=self._state(contact, place.area.code),
            )
        self.notes.append(f"{place.area.code}: {reach.why_not}")
        if role is Role.COPY:
            return None
        assert recipient.fallback is not None
        team = self._team(recipient.fallback)
        return Addressee(recipient.fallback, role, team, substitute_for=recipient.id, why=reach.why_not or "")

    def _team(self, recipient: str) -> Destination:
        return self.found.council.mailboxes[self.found.definition.mailbox_of(recipient)].destination

    def _state(self, contact: Contact, code: str) -> str:
        """Fresh, or stale with a note that says since when. A stale contact is the last good copy."""
        state = self.freshness.state(contact, self.now)
        if state is ContactState.STALE:
            self.notes.append(f"{code}: the contact is a copy, last confirmed on {day_of(contact.checked_at)}")
        return state.value


def _to_review(
    case: Case, council: Council, definition: Definition | None, place: Place | None, reason: str
) -> Decision:
    return Decision(
        case.id,
        case.reference,
        UNDECIDED,
        "review",
        reason,
        council.slug,
        place,
        (Addressee(REVIEW, Role.REVIEW, council.review),),
        case.last_sequence + 1,
        versions=_versions(council, definition, place),
    )


def _versions(council: Council, definition: Definition | None, place: Place | None) -> dict[str, str | None]:
    return {
        "process": f"{definition.slug} {definition.version}" if definition else None,
        "process_sha256": definition.sha256 if definition else None,
        "council": f"{council.slug} {council.council.version}",
        "council_sha256": council.sha256,
        "vintage": place.vintage if place is not None else None,
    }
