"""Ways through a process, found in its definition: which answers and which place lead where."""

import itertools
from collections.abc import Iterator

from routing.process import PLACE, Definition, Rule, evaluate
from routing.vocabulary import PlaceState
from routing.web.journey.page_sequence import page_sequence
from tests.samples import GIVEN, oracle

STATES = [state for state in PlaceState if state is not PlaceState.OUTSIDE_SERVED]


def walks(definition: Definition) -> Iterator[tuple[dict[str, str], PlaceState]]:
    """Every combination of answers and place states."""
    columns = [question.partitions for question in definition.question]
    for values in itertools.product(*columns):
        for place in STATES:
            yield dict(zip(definition.questions, values, strict=True)), place


def decided_by(definition: Definition, answers: dict[str, str], place: PlaceState) -> Rule:
    """The rule that a whole way leads to."""
    rule = evaluate(definition, answers, place, GIVEN)
    assert isinstance(rule, Rule)
    return rule


def way_to(definition: Definition, rule: str) -> tuple[dict[str, str], PlaceState]:
    """The first way that a rule decides."""
    return next(
        (answers, place) for answers, place in walks(definition) if decided_by(definition, answers, place).id == rule
    )


def form_of(definition: Definition, page: str, answers: dict[str, str], place: PlaceState) -> dict[str, str]:
    """What to enter on a page of a way."""
    if page == PLACE:
        row = next(row for row in oracle() if row["state"] == place.value)
        return {"where": f"{row['easting']} {row['northing']}"}
    return {page: answers[page]} if page in answers else {}


def pages_of(definition: Definition, answers: dict[str, str], place: PlaceState) -> tuple[str, ...]:
    """The pages of a way."""
    return page_sequence(definition, {}, answers, place, GIVEN).pages
