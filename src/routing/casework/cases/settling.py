"""Whom a stage asks, with their addresses. Whom no message can reach is as if it had bounced (rules 3 and 12). Pure."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from routing.casework.cases.addressing import AddressBook
from routing.casework.cases.model import Addressee
from routing.process.advance import CaseMachine
from routing.process.case import Bounced, CaseState, Step
from routing.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Settled:
    """A step, and whom the case asks after it.

    Attributes:
        step: with everything that came of addresses that we do not have.
        asks: whom we must ask now, because nobody has before.
        unreachable: those whom we could not ask, with the reason.
    """

    step: Step
    asks: tuple[Addressee, ...]
    unreachable: tuple[tuple[str, str], ...] = ()


def settle(machine: CaseMachine, before: CaseState | None, step: Step, book: AddressBook) -> Settled:
    """Find an address for everybody whom a step asks, or go on without them.

    Args:
        before: where the case stood; None if it begins.
    """
    missing = list[tuple[str, str]]()
    while True:
        asks = list[Addressee]()
        for seat in _new_seats(machine, before, step.case):
            if seat in dict(missing):
                continue
            found = book.find(machine.definition.recipients[seat], Role.TO)
            if isinstance(found, str):
                missing.append((seat, found))
                step = step.then(machine.advance(step.case, Bounced(_moment(step.case), seat)))
                break
            asks.append(found)
        else:
            return Settled(step, tuple(_with_reasons(machine, asks, dict(missing))), tuple(missing))


def _with_reasons(machine: CaseMachine, asks: list[Addressee], missing: dict[str, str]) -> Iterator[Addressee]:
    """Say of a fallback whose place it takes."""
    recipients = machine.definition.recipients
    for each in asks:
        of = next((seat for seat in missing if recipients[seat].fallback == each.recipient), None)
        if of is None:
            yield each
        else:
            yield Addressee(each.recipient, each.role, each.destination, substitute_for=of, why=missing[of])


def _new_seats(machine: CaseMachine, before: CaseState | None, after: CaseState) -> list[str]:
    """The recipients whom a stage asks now, and whom nobody has asked there before."""
    if after.entry is None:
        return []
    former = before.entry if before is not None else None
    asked = former.seats if former is not None and former.serial == after.entry.serial else ()
    if before is not None and any(entry.serial == after.entry.serial for entry, _ in before.asked_by):
        return []  # back where it was
    return [seat for seat in after.entry.seats if seat not in asked and seat in machine.definition.recipients]


def _moment(case: CaseState) -> datetime.datetime:
    assert case.entry is not None
    return case.entry.at
