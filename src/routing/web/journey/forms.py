"""The values of a page's form → what the journey keeps, or what to change, in the words of the page."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from routing.errors import InputError, WaywardenError
from routing.i18n import gettext as _
from routing.process import PLACE, Refused
from routing.vocabulary import folded
from routing.web.context import WebContext
from routing.web.fields import error_of
from routing.web.intake import ReporterIn, why_no_email
from routing.web.journey.journey_view import MINE, JourneyView, entered_key, place_key
from routing.web.journey.page_sequence import CONTACT, DETAILS, SIMILAR
from routing.web.journey.places import FIELD, KEPT, Option, Options, lies_on, read_option, search, search_stretch

Entered = dict[str, Any]
WHICH, MAP, STRETCH = "which", "map", "stretch"
DEGREES = re.compile(r"([+-]?[0-9]{1,3}(?:\.[0-9]{0,20})?) ?°? ?([NSEW]?)")
NONE_OF_THESE = "none"
CONTACT_FIELDS = ("name", "email", "phone")


class PageErrors(WaywardenError):
    """What to change on a page: pairs of field and what to do."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__("; ".join(text for _field, text in errors))
        self.errors = errors


def read_page(ctx: WebContext, view: JourneyView, page: str, form: Mapping[str, str]) -> Entered:
    """The values to keep from a page.

    Raises:
        PageErrors: everything to change on it.
        InputError: the same, for the place.
    """
    if page in READERS:
        return READERS[page](ctx, view, form)
    question = view.definition.questions[page]
    said = question.of_form(form)
    if question.is_nothing(said) and not question.needed:
        return {entered_key(question, view.council): ""}
    answer = question.missing if question.is_nothing(said) else question.read(said, view.given)
    if isinstance(answer, Refused):
        raise PageErrors(error_of(question, answer))
    return {entered_key(question, view.council): answer}


def _place(ctx: WebContext, view: JourneyView, form: Mapping[str, str]) -> Entered:
    said = form.get(FIELD, "").strip()
    found = search(ctx, ctx.catalogue.council(view.journey.council), said)
    return {PLACE: _found(found, {"said": said})}


def _stretch(ctx: WebContext, view: JourneyView, form: Mapping[str, str]) -> Entered:
    kept = view.journey.entered[PLACE]
    said, road = form.get(FIELD, "").strip(), read_option(kept["road"])
    found = search_stretch(ctx, ctx.catalogue.council(view.journey.council), road, said)
    return {PLACE: _found(found, {"said": kept["said"], "road": kept["road"], "part": said})}


def _found(found: Options, kept: dict[str, Any]) -> dict[str, Any]:
    """The result of a search to keep: the only point, or the points to choose from."""
    if found.only is not None:
        return _picked(found.only, kept)
    options = {"options": [option.as_entered() for option in found.shown], "more": found.more}
    return kept | options | ({"settlement": found.settlement} if found.settlement else {})


def _picked(option: Option, kept: dict[str, Any]) -> dict[str, Any]:
    """A point; for a long road, only which road it is."""
    if option.box:
        return {name: value for name, value in kept.items() if name not in KEPT} | {"road": option.as_entered()}
    return kept | option.as_entered()


def _which(_ctx: WebContext, view: JourneyView, form: Mapping[str, str]) -> Entered:
    kept = view.journey.entered.get(PLACE, {})
    options, chosen = options_of(kept), form.get(WHICH, "")
    if chosen == NONE_OF_THESE:
        return {PLACE: {name: kept[name] for name in ("said", "road", "part") if name in kept}}
    if chosen not in options:  # maybe from an earlier search in another window
        raise PageErrors((WHICH, _("Select which place you mean, or 'None of these'")))
    return {PLACE: _picked(options[chosen], kept)}


def options_of(kept: Mapping[str, Any]) -> dict[str, Option]:
    """The points to choose from, by their value in the form."""
    options = [read_option(each) for each in kept.get("options", [])]
    return {option.where: option for option in options}


def _on_map(ctx: WebContext, view: JourneyView, form: Mapping[str, str]) -> Entered:
    lat, lon = form.get("lat", "").strip(), form.get("lon", "").strip()
    if not lat and not lon:
        raise PageErrors(("lat", _("Put the pin on the map, or enter the place instead")))
    try:
        said = f"{_degrees(lat):.6f}, {_degrees(lon):.6f}"
        (option,) = search(ctx, ctx.catalogue.council(view.journey.council), said, is_typed=False).shown
    except (InputError, ValueError):
        raise PageErrors(("lat", _("Enter latitude and longitude, like 51.401 and -1.323"))) from None
    kept = view.journey.entered.get(PLACE, {})
    if "road" in kept and lies_on(read_option(kept["road"]), option):
        road = read_option(kept["road"])
        option = replace(option, name=road.name, kind=road.kind, street=road.street)
    return {PLACE: option.as_entered() | {"said": said}}


def _degrees(text: str) -> float:
    """A latitude or longitude, with or without a degree sign and a side."""
    found = DEGREES.fullmatch(folded(text).upper())
    if found is None:
        raise ValueError(text)
    number = float(found[1])
    return -abs(number) if found[2] in ("S", "W") else number


def _details(_ctx: WebContext, view: JourneyView, form: Mapping[str, str]) -> Entered:
    text = form.get(DETAILS, "").strip()
    if not text and view.definition.needs_details:
        raise PageErrors((DETAILS, _("Enter an answer")))
    most = view.definition.most_characters
    if len(text) > most:
        raise PageErrors((DETAILS, _("Details must be {most} characters or less").format(most=f"{most:,}")))
    return {DETAILS: {DETAILS: text}}


def _similar(_ctx: WebContext, view: JourneyView, form: Mapping[str, str]) -> Entered:
    chosen = form.get(SIMILAR, "")
    if chosen not in {MINE, *(str(each.id) for each in view.similar)}:
        raise PageErrors((SIMILAR, _("Select a {noun}, or 'None of these'").format(noun=view.definition.noun)))
    return {SIMILAR: {"choice": chosen, "at": place_key(view.journey.entered)}}


def _contact(_ctx: WebContext, view: JourneyView, form: Mapping[str, str]) -> Entered:
    given: dict[str, Any] = {name: form.get(name, "").strip() or None for name in CONTACT_FIELDS}
    given["may_pass_on"] = form.get("may_pass_on") == "yes"
    texts = {
        "name": _("Name must be on one line, in 120 characters or less"),
        "email": why_no_email(given["email"] or ""),
        "phone": _("Telephone number must be on one line, in 120 characters or less"),
    }
    try:
        read = ReporterIn.model_validate(given)
    except ValidationError as error:
        wrong = [str(each["loc"][0]) for each in error.errors()]
        raise PageErrors(*((name, texts[name]) for name in CONTACT_FIELDS if name in wrong)) from None
    if view.definition.needs_contact and not (read.email or read.phone):
        raise PageErrors(("email", _("Enter an email address or a telephone number")))
    return {CONTACT: read.model_dump()}


READERS: dict[str, Callable[[WebContext, JourneyView, Mapping[str, str]], Entered]] = {
    PLACE: _place,
    WHICH: _which,
    MAP: _on_map,
    DETAILS: _details,
    CONTACT: _contact,
    SIMILAR: _similar,
    STRETCH: _stretch,
}
"""The pages that every journey has. All others are questions."""
