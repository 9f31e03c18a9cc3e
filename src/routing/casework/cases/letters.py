"""Letters of a case, as they are written: with their words, and where they go. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from routing.casework.cases.addressing import AddressBook
from routing.casework.cases.model import Addressee
from routing.process import Definition, in_language
from routing.process.case import CaseState, Sent
from routing.process.correspondence import case_words, letter_text
from routing.process.letters import TO_CITIZEN, TO_FIELD
from routing.process.stages import CITIZEN
from routing.vocabulary import Role


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to store and send.

    Attributes:
        recipient: ``citizen``, a recipient, or ``field:`` and a field of kind person.
        addressee: where it goes; None to the citizen or a person, whose addresses the outbox never contains.
        can_email: there is an address to write to, as far as the case knows. Otherwise officers print it.
    """

    id: UUID
    letter: str
    recipient: str
    subject: str
    text: str
    addressee: Addressee | None
    can_email: bool


def write_letters(
    definition: Definition, case: CaseState, letters: Sequence[Sent], known: Mapping[str, str], book: AddressBook,
    new_id: Callable[[], UUID],
) -> Iterator[NewLetter]:  # fmt: skip
    """The letters of a step, with their words as they are known after it."""
    for sent in letters:
        spoken = definition if sent.to in definition.recipients else in_language(definition)
        subject, text = letter_text(spoken, sent.letter, case_words(spoken, case, sent.due, known))
        addressee, can_email = None, True
        if sent.to.startswith(TO_FIELD):
            can_email = bool(person_of(case.values.get(sent.to.removeprefix(TO_FIELD), "{}")).get("email"))
        elif sent.to != TO_CITIZEN:
            addressee = book.find_or_fallback(definition.recipients[sent.to], Role.LETTER)
        yield NewLetter(new_id(), sent.letter, sent.to, subject, text, addressee, can_email)


def person_of(value: str) -> dict[str, str]:
    """A stored person: name, address, email."""
    found = json.loads(value)
    return found if isinstance(found, dict) else {}


def asks_citizen(definition: Definition, case: CaseState) -> bool:
    """Whether the case waits for its citizen now."""
    return case.entry is not None and definition.stages[case.entry.stage].who == (CITIZEN,)
