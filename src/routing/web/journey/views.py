"""The values for a journey's templates: a page in the words of its definition, with what was entered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from routing.casework import NotTaken, Similar
from routing.council import Council
from routing.days import in_words
from routing.i18n import gettext as _
from routing.place import looks_like_postcode, to_degrees
from routing.process import NOT_OFFERED, PLACE, Definition, answer_in_words, placeholders
from routing.process.kinds.choice import OfChoices
from routing.process.shown import shown_texts
from routing.web.fields import field_of
from routing.web.journey.forms import CONTACT_FIELDS, MAP, NONE_OF_THESE, STRETCH, WHICH, options_of
from routing.web.journey.journey_view import MINE, JourneyView
from routing.web.journey.page_sequence import CHECK, CONTACT, DETAILS, SIMILAR
from routing.web.journey.places import Option, area_in_words, read_option
from routing.web.journey.session import Tab
from routing.web.pages import page as render_page

UNKNOWN = "unknown"
"""The choice after *or*: a citizen may not know."""

TYPED = {
    PLACE: ("where",), STRETCH: ("where",), MAP: ("lat", "lon"), DETAILS: (DETAILS,), CONTACT: CONTACT_FIELDS,
}  # fmt: skip
"""Page → the fields to type in."""

YES_NO = frozenset({"yes", "no", UNKNOWN})


def show(view: JourneyView, page: str, tab: Tab) -> HTMLResponse:
    """One page of a journey. If what was sent from it had errors, with that and what to change."""
    kept = view.journey.not_taken
    is_here = kept is not None and kept.page == page
    values = dict(kept.typed) if kept is not None and is_here else _entered(view, page)
    errors = kept.errors if kept is not None and is_here else _no_longer_offered(view, page)
    tab = replace(tab, changes=tab.changes and view.is_open(CHECK))
    template, given = _contents(view, page, tab, values, errors)
    return render_page(
        template,
        view.council,
        hidden={"csrf": tab.csrf, "council": view.journey.council} | ({"seen": view.digest} if page == CHECK else {}),
        action=tab.address(page, changes=tab.changes),
        back=_back(view, page, tab),
        restarted_with=typed_words(view.definition, kept) if kept and kept.restarted and not is_here else (),
        errors=dict(errors),
        summary=[{"text": text, "href": f"#{_anchor(view, field)}"} for field, text in errors],
        button=_("Send {noun}").format(noun=view.definition.noun) if page == CHECK else _("Continue"),
        definition=view.definition,
        **given,
    )


def _anchor(view: JourneyView, field: str) -> str:
    """The field to which an error leads; of several fields the first."""
    question = view.definition.questions.get(field)
    return question.first_field if question is not None else field


def _no_longer_offered(view: JourneyView, page: str) -> list[tuple[str, str]]:
    if page not in view.not_offered:
        return []
    question = view.definition.questions[page]
    text = answer_in_words(view.definition, page, view.not_offered, _(NOT_OFFERED))
    return [(page, f"{text}. {question.missing.text}")]


def typed_words(definition: Definition, kept: NotTaken) -> list[str]:
    """What a citizen entered on a page, in words; empty for pages that only offer results."""
    if kept.page in definition.questions:
        text = definition.questions[kept.page].typed_in_words(kept.typed)
        return [text] if text else []
    return [text for name in TYPED.get(kept.page, ()) if (text := kept.typed.get(name, ""))]


def _back(view: JourneyView, page: str, tab: Tab) -> str:
    """The page before this one, or the check page if the citizen came from there."""
    if page in (WHICH, MAP, STRETCH):
        is_part = page != STRETCH and "road" in view.journey.entered.get(PLACE, {})
        return tab.address(STRETCH if is_part else PLACE, changes=tab.changes)
    before = CHECK if tab.changes and page != CHECK else view.sequence.before(page)
    return tab.address(before) if before else f"/report/{tab.slug}?council={view.journey.council}"


def _entered(view: JourneyView, page: str) -> dict[str, str]:
    """The content of a page as form values."""
    entered = view.journey.entered
    if page == PLACE:
        return {"where": entered.get(PLACE, {}).get("said", "")}
    if page == STRETCH:
        return {"where": entered.get(PLACE, {}).get("part", "")}
    if page == SIMILAR:
        return {SIMILAR: entered.get(SIMILAR, {}).get("choice", "")}
    if page in (DETAILS, CONTACT):
        kept = {name: value for name, value in entered.get(page, {}).items() if isinstance(value, str)}
        return kept | ({"may_pass_on": "yes"} if entered.get(page, {}).get("may_pass_on") else {})
    value = view.answers.get(page)
    return view.definition.questions[page].form_values(value) if value is not None else {}


def _contents(
    view: JourneyView, page: str, tab: Tab, values: Mapping[str, str], errors: Sequence[tuple[str, str]]
) -> tuple[str, dict[str, Any]]:
    """The template of a page, and its own values."""
    if page in CONTENTS:
        return CONTENTS[page](view, tab, values)
    question = view.definition.questions[page]
    asked = field_of(question, values, dict(errors), is_page=True)
    return "journey/asked.html", {"asked": asked, "payment_pages": _payment_pages(view, page)}


def _payment_pages(view: JourneyView, page: str) -> list[dict[str, str]]:
    """The pages of fees that a question names, as links: a hint cannot contain one."""
    question = view.unfilled.questions[page]
    named = {name for text, _ in shown_texts(question) for name in placeholders(text)}
    fees = [fee for fee in view.definition.fee if f"fee.{fee.id}.page" in named and fee.page in view.council.pages]
    pages = {fee.page: view.council.pages[fee.page] for fee in fees}
    return [{"text": each.name, "href": view.council.page_address(name, "")} for name, each in pages.items()]


def _place_contents(_view: JourneyView, tab: Tab, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return "journey/place.html", {"value": values.get("where", ""), "map": tab.address(MAP, changes=tab.changes)}


def _stretch_contents(view: JourneyView, tab: Tab, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    road = read_option(view.journey.entered[PLACE]["road"])
    given = {"road": road.street, "areas": road.area, "in_one": road.in_one, "value": values.get("where", "")}
    return "journey/stretch.html", given | {"map": tab.address(MAP, changes=tab.changes)}


def _map_contents(view: JourneyView, tab: Tab, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    given: dict[str, Any] = {name: values.get(name, "") for name in ("lat", "lon")}
    road = view.journey.entered.get(PLACE, {}).get("road")
    if road is not None:
        west, south, east, north = road["box"]
        given |= {"road": road["street"], "extent": to_degrees(np.array([[west, south], [east, north]])).tolist()}
    return "journey/map.html", given | {"instead": tab.address(STRETCH if road else PLACE, changes=tab.changes)}


def _details_contents(view: JourneyView, _tab: Tab, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    details = view.definition.details
    assert details is not None  # else there is no such page
    heading = details.ask if details.needed else _("{question} (optional)").format(question=details.ask)
    given = {"heading": heading, "hint": details.hint, "most": details.max_characters, "name": DETAILS}
    return "text.html", given | {"value": values.get(DETAILS, "")}


def _check_contents(view: JourneyView, tab: Tab, _values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    who = view.journey.entered.get(CONTACT, {})
    shares = bool(who.get("may_pass_on")) and any(who.get(name) for name in CONTACT_FIELDS)
    other = view.council.name if view.council.slug != view.journey.council else None
    given = {"rows": _rows(view, tab), "shares_contact": shares, "other_council": other}
    return "journey/check.html", given | {"about_people": bool(view.report().reporter.answers)}


CONTENTS: dict[str, Callable[[JourneyView, Tab, Mapping[str, str]], tuple[str, dict[str, Any]]]] = {
    PLACE: _place_contents,
    WHICH: lambda view, _tab, _values: ("journey/question.html", _which(view)),
    MAP: _map_contents,
    STRETCH: _stretch_contents,
    DETAILS: _details_contents,
    CONTACT: lambda view, _tab, values: (
        "journey/contact.html",
        {"values": values, "is_needed": view.definition.needs_contact},
    ),
    SIMILAR: lambda view, _tab, values: ("journey/question.html", _similar(view) | {"value": values.get(SIMILAR)}),
    CHECK: _check_contents,
}
"""The pages that every journey has; all others are questions."""


def _which(view: JourneyView) -> dict[str, Any]:
    """Points to choose from, by name with the parish as a hint; for the same name, by parish."""
    kept = view.journey.entered[PLACE]
    options = options_of(kept)
    has_one_name = len({option.name for option in options.values()}) == 1 < len(options)
    items: list[dict[str, Any]] = [
        {"value": where, "text": _hint(option)}
        if has_one_name
        else {"value": where, "text": option.name, "hint": {"text": _hint(option)}}
        for where, option in options.items()
    ]
    items += [{"divider": _("or")}, {"value": NONE_OF_THESE, "text": _("None of these")}]
    hint = _("You entered: {said}").format(said=kept["said"])
    if kept.get("more"):
        more = _("There are more. If yours is not here, add the village or town to what you entered")
        if kept.get("settlement"):
            more = _("There are more. If yours is not here, enter its name too, like High Street, {place}")
        hint += ". " + more.format(place=kept.get("settlement", ""))
    chosen = f"{kept['easting']:.2f}:{kept['northing']:.2f}" if "easting" in kept else ""
    heading = _("Which of these is it?")
    if kept.get("settlement"):
        heading = _("Which street in {place} is it?").format(place=kept["settlement"])
    return {"heading": heading, "name": WHICH, "hint": hint, "items": items, "value": chosen}


def _hint(option: Option) -> str:
    """The place of an option; for a long road, that we will ask for its part next."""
    if not option.box:
        return option.area
    return _("{areas}: a long road, so we will ask which part of it").format(areas=option.area)


def _similar(view: JourneyView) -> dict[str, Any]:
    """Reports of others nearby: their day, distance and choices, but not their words or who they are."""
    items: list[dict[str, Any]] = [
        {"value": str(each.id), "text": _similar_in_words(each), "hint": {"text": _chosen(view, each)}}
        for each in view.similar
    ]
    items += [
        {"divider": _("or")},
        {"value": MINE, "text": _("None of these: send mine as a separate {noun}").format(noun=view.definition.noun)},
    ]
    hint = _("If it is, we add you to that {noun}, and tell the people who have it what you said.").format(
        noun=view.definition.noun
    )
    heading = _("This has been reported nearby. Is it the same?")
    return {"heading": heading, "name": SIMILAR, "hint": hint, "items": items}


def _similar_in_words(similar: Similar) -> str:
    day = in_words(similar.received_at)
    return _("Yes, it was reported on {day}, within {metres} metres of here").format(day=day, metres=similar.within_m)


def _chosen(view: JourneyView, similar: Similar) -> str:
    """The answers of a report, without those that need their question, or that are about a person.

    Also without answers that we no longer offer, because they may be about a person.
    """
    choices = [each for each in view.definition.question if isinstance(each, OfChoices)]
    known = [each for each in choices if each.is_offered(similar.answers.get(each.id))]
    questions = [question for question in known if not set(question.values) <= YES_NO]
    is_street = similar.place_name is not None and not looks_like_postcode(similar.place_name)
    place = [str(similar.place_name)] if is_street else []
    told = [each for each in questions if not each.is_sensitive(similar.answers[each.id])]
    return ", ".join([*place, *(question.display(similar.answers[question.id]) for question in told)])


def _rows(view: JourneyView, tab: Tab) -> list[dict[str, Any]]:
    """Each answer with a link to change it."""
    rows = []
    for page in view.sequence.pages:
        if page == PLACE:
            rows.append(_row(tab, page, _("Where it is"), _place(view)))
        elif page == DETAILS:
            text = view.journey.entered.get(DETAILS, {}).get(DETAILS, "")
            asked = view.definition.details
            rows.append(_row(tab, page, asked.ask if asked is not None else "", text))
        elif page == CONTACT:
            rows.append(_row(tab, page, _("How we can contact you"), _contact(view)))
        elif page == SIMILAR:
            found = next((each for each in view.similar if each.id == view.joins), None)
            text = _similar_in_words(found) if found else _("No")
            rows.append(_row(tab, page, _("Is it the same as another {noun}?").format(noun=view.definition.noun), text))
        elif page != CHECK:
            question = view.definition.questions[page]
            answer = view.answers.get(page)
            rows.append(_row(tab, page, question.ask, question.display(answer) if answer is not None else ""))
    return rows


def _row(tab: Tab, page: str, name: str, value: str) -> dict[str, Any]:
    html = escape(value).replace("\n", Markup("<br>")) if value else escape(_("Not provided"))
    link = {"href": tab.address(page, changes=True), "text": _("Change"), "visuallyHiddenText": name}
    return {"key": {"text": name}, "value": {"html": html}, "actions": {"items": [link]}}


def _place(view: JourneyView) -> str:
    kept = view.journey.entered[PLACE]
    assert view.place is not None
    name, area = kept.get("name") or kept["said"], area_in_words(view.place)
    return name if name == area else f"{name}\n{area}"


def _contact(view: JourneyView) -> str:
    kept = view.journey.entered.get(CONTACT, {})
    return "\n".join(str(kept[name]) for name in CONTACT_FIELDS if kept.get(name))


def show_start(council: Council, definition: Definition) -> HTMLResponse:
    """The first page of a process: what it does, how long it takes, what happens next."""
    return render_page("journey/start.html", council, definition=definition)
