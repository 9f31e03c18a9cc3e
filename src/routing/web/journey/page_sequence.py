"""The pages of a journey, in order, from the definition and the answers so far. Pure.

The triage table says what it needs next, so we never ask for anything that makes no difference: questions in order, the
place when the table needs it, then details, contact, reports nearby, and the answers to check. A signpost ends it
early.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from routing.process import PLACE, Definition, Given, Needs, Rule, asked_after, evaluate
from routing.vocabulary import PlaceState

DETAILS, CONTACT, SIMILAR, CHECK = "details", "contact", "similar", "check"


@dataclass(frozen=True, slots=True)
class PageSequence:
    """The known part of the journey.

    Attributes:
        pages: in order: ids of questions, ``place``, ``details``, ``contact``, ``similar``, ``check``.
        rule: the rule that decides; None while the table needs more.
    """

    pages: tuple[str, ...]
    rule: Rule | None

    @property
    def is_signpost(self) -> bool:
        """Whether it ends without a report."""
        return self.rule is not None and self.rule.signpost is not None

    def with_similar(self) -> "PageSequence":
        """Add the page that offers to join a similar report nearby."""
        return replace(self, pages=(*self.pages[:-1], SIMILAR, CHECK))

    def next_open(self, entered: Collection[str]) -> str | None:
        """The first empty page, or the check page; None if a signpost ends the journey."""
        found = next((page for page in self.pages if page not in entered), None)
        return found or (None if self.is_signpost else CHECK)

    def before(self, page: str) -> str | None:
        """The page for a back link; None for the first page."""
        where = self.pages.index(page)
        return self.pages[where - 1] if where else None


def page_sequence(
    definition: Definition,
    fixed: Mapping[str, str],
    answers: Mapping[str, str],
    place: PlaceState | None,
    given: Given,
) -> PageSequence:
    """The pages for the answers so far.

    Args:
        fixed: answers that we need not ask (``complete_answers`` without answers).
        answers: question id → value. Answers to questions outside this journey do not count.
        place: None while it is not known. Never ``outside_served``.
        given: the day, and its calendar.
    """
    known, seen, pages = dict(fixed), None, list[str]()
    while isinstance(found := evaluate(definition, known, seen, given), Needs):
        pages.append(found.what)
        if found.what == PLACE and place is not None:
            seen = place
        elif found.what in answers:
            known[found.what] = answers[found.what]
        else:
            return PageSequence(tuple(pages), None)
    if found.signpost is None:
        if definition.has_place:
            if PLACE not in pages:  # also if no rule depends on it
                pages.append(PLACE)
            if place is None:
                return PageSequence(tuple(pages), None)
        informing = {each.id: answers[each.id] for each in definition.informing if each.id in answers}
        pages += [question.id for question in asked_after(definition, informing | known, given, fixed)]
        pages += [DETAILS, CONTACT, CHECK] if definition.details is not None else [CONTACT, CHECK]
    return PageSequence(tuple(pages), found)
