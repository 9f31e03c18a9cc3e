"""The values of placeholders in the texts of a definition, for one council and, if there is one, one report. Pure."""

from collections.abc import Iterator, Mapping

from routing.council import Council
from routing.i18n import gettext as _
from routing.process import Definition, Given, complete_answers, either, render
from routing.process.fees import amount_of
from routing.process.table import table_values


def wording(
    council: Council,
    definition: Definition,
    *,
    place_name: str | None = None,
    district_name: str | None = None,
    reference: str = "",
    parish_council: str = "",
    answers: Mapping[str, str] | None = None,
    given: Given | None = None,
) -> dict[str, str]:
    """The values of the placeholders. They never contain what a citizen typed.

    Args:
        answers: question → stored answer, for the amounts of fees.
        given: when they were given.
    """
    words = {
        "council.name": council.name,
        "reply_within_working_days": str(definition.process.reply_within_working_days or ""),
        "reference": reference,
        "place.name": place_name or council.name,
        "place.district": district_name or "another council",
        "parish_council": parish_council or (f"the council of {place_name}" if place_name else "the parish council"),
    }
    words |= {f"council.{name}": either(council.listed(name)) for name in definition.lists | council.lists.keys()}
    words |= dict(_fees(council, definition, reference, answers or {}, given))
    return words | {"process.title": render(definition.process.title, words)}


def _fees(
    council: Council, definition: Definition, reference: str, answers: Mapping[str, str], given: Given | None
) -> Iterator[tuple[str, str]]:
    """The amounts of fees, and where one pays, with our reference once there is one."""
    if not definition.fee:
        return
    answers = complete_answers(definition, answers, {name: bool(council.listed(name)) for name in council.lists})
    columns = table_values(definition, answers, given) if given is not None else {}
    for fee in definition.fee:
        yield f"fee.{fee.id}", amount_of(fee, answers, columns) or _("a fee that depends on the answers")
        yield f"fee.{fee.id}.page", council.page_address(fee.page, reference)
