"""What a page's form says → what the journey keeps, or what has to change, in the words of the page."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from routing.errors import InputError, WaywardenError
from routing.place import MOST_SPOTS
from routing.process import PLACE
from routing.texts import gettext as _
from routing.web.context import WebContext
from routing.web.intake import ReporterIn
from routing.web.journey.graph import CONTACT, DETAILS, SIMILAR
from routing.web.journey.places import FIELD, KEPT, Option, search
from routing.web.journey.way import MINE, Way, entered_key, place_key

Entered = dict[str, Any]
WHICH, MAP = "which", "map"
NONE_OF_THESE = "none"
CONTACT_FIELDS = ("name", "email", "phone")


class PageErrors(WaywardenError):
    """What has to change on a page: pairs of field and what to do."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__("; ".join(text for _field, text in errors))
        self.errors = errors


def read_page(ctx: WebContext, way: Way, page: str, form: Mapping[str, str]) -> Entered:
    """What to keep of a page that was filled in.

    Raises:
        PageErrors: all that has to change on it.
        InputError: of the place; the same.
    """
    if page in READERS:
        return READERS[page](ctx, way, form)
    question = way.definition.questions[page]
    if form.get(page) not in question.values:
        raise PageErrors((page, question.error))
    return {entered_key(question, way.council): form[page]}


def _place(ctx: WebContext, way: Way, form: Mapping[str, str]) -> Entered:
    said = form.get(FIELD, "").strip()
    home = ctx.catalogue.council(way.journey.council)
    options = search(ctx, home, said)
    if len(options) == 1 and options[0].is_exact:
        return {PLACE: options[0].as_entered() | {"said": said}}
    shown = sorted(options[:MOST_SPOTS], key=lambda option: (option.name, option.area))
    more = len(options) > MOST_SPOTS
    return {PLACE: {"said": said, "options": [option.as_entered() for option in shown], "more": more}}


def _which(_ctx: WebContext, way: Way, form: Mapping[str, str]) -> Entered:
    kept = way.journey.entered.get(PLACE, {})
    options, chosen = options_of(kept), form.get(WHICH, "")
    if chosen == NONE_OF_THESE:
        return {PLACE: {"said": kept.get("said", "")}}
    if chosen not in options:  # also one of an earlier search, in another window
        raise PageErrors((WHICH, _("Select which place you mean, or 'None of these'")))
    return {PLACE: kept | options[chosen].as_entered()}


def options_of(kept: Mapping[str, Any]) -> dict[str, Option]:
    """The points from which a citizen chooses, by what a form says of them."""
    options = [
        Option(**{name: each.get(name, "") for name in KEPT}, key="", is_exact=False)
        for each in kept.get("options", [])
    ]
    return {option.where: option for option in options}


def _on_map(ctx: WebContext, way: Way, form: Mapping[str, str]) -> Entered:
    lat, lon = form.get("lat", "").strip(), form.get("lon", "").strip()
    if not lat and not lon:
        raise PageErrors(("lat", _("Put the pin on the map, or enter the place instead")))
    try:
        said = f"{_finite(lat):.6f}, {_finite(lon):.6f}"
        (option,) = search(ctx, ctx.catalogue.council(way.journey.council), said)
    except (InputError, ValueError):
        raise PageErrors(("lat", _("Enter latitude and longitude, like 51.401 and -1.323"))) from None
    return {PLACE: option.as_entered() | {"said": said}}


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _details(_ctx: WebContext, way: Way, form: Mapping[str, str]) -> Entered:
    text = form.get(DETAILS, "").replace("\r\n", "\n").strip()
    most = way.definition.details.max_characters
    if len(text) > most:
        raise PageErrors((DETAILS, _("Details must be {most} characters or less").format(most=f"{most:,}")))
    return {DETAILS: {DETAILS: text}}


def _similar(_ctx: WebContext, way: Way, form: Mapping[str, str]) -> Entered:
    chosen = form.get(SIMILAR, "")
    if chosen not in {MINE, *(str(each.id) for each in way.similar)}:
        raise PageErrors((SIMILAR, _("Select a report, or 'None of these'")))
    return {SIMILAR: {"choice": chosen, "at": place_key(way.journey.entered)}}


def _contact(_ctx: WebContext, _way: Way, form: Mapping[str, str]) -> Entered:
    given: dict[str, Any] = {name: form.get(name, "").strip() or None for name in CONTACT_FIELDS}
    given["may_pass_on"] = form.get("may_pass_on") == "yes"
    texts = {
        "name": _("Name must be on one line, in 120 characters or less"),
        "email": _("Enter an email address in the correct format, like name@example.com"),
        "phone": _("Telephone number must be on one line, in 120 characters or less"),
    }
    try:
        read = ReporterIn.model_validate(given)
    except ValidationError as error:
        wrong = [str(each["loc"][0]) for each in error.errors()]
        raise PageErrors(*((name, texts[name]) for name in CONTACT_FIELDS if name in wrong)) from None
    return {CONTACT: read.model_dump()}


READERS: dict[str, Callable[[WebContext, Way, Mapping[str, str]], Entered]] = {
    PLACE: _place,
    WHICH: _which,
    MAP: _on_map,
    DETAILS: _details,
    CONTACT: _contact,
    SIMILAR: _similar,
}
"""The pages that every journey has; all others are questions."""
