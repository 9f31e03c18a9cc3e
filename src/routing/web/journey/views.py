"""What the templates of a journey are given: a page in the words of its definition, with what was entered."""

import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from routing.casework import LONDON, Similar, in_words, wording
from routing.council import Council
from routing.place import looks_like_postcode
from routing.process import PLACE, Definition, Question, render
from routing.texts import gettext as _
from routing.web.journey.graph import CHECK, CONTACT, DETAILS, SIMILAR
from routing.web.journey.places import area_in_words
from routing.web.journey.reading import CONTACT_FIELDS, MAP, NONE_OF_THESE, WHICH, options_of
from routing.web.journey.way import MINE, Way
from routing.web.pages import page as render_page

Errors = Sequence[tuple[str, str]]
CHANGES = "?changes"
"""How the check asks for a page: back from it leads to the check again."""

UNKNOWN = "unknown"
"""The choice that stands apart, after *or*: a citizen may not know."""

YES_NO = frozenset({"yes", "no", UNKNOWN})


def show(
    way: Way, page: str, csrf: str, form: Mapping[str, str] | None = None, errors: Errors = (), *, changes: bool = False
) -> HTMLResponse:
    """One page of a journey; with errors, the same with what was typed; with ``changes``, as the check led to it."""
    values = dict(form) if form is not None else _entered(way, page)
    template, given = _contents(way, page, values)
    base = f"/report/{way.definition.slug}"
    suffix = CHANGES if changes and way.is_open(CHECK) else ""
    return render_page(
        template,
        way.council,
        status=422 if errors else 200,
        hidden={"csrf": csrf} | ({"seen": way.digest} if page == CHECK else {}),
        action=f"{base}/{page}{suffix}",
        back=_back(way, page, suffix),
        suffix=suffix,
        errors=dict(errors),
        summary=[{"text": text, "href": f"#{field}"} for field, text in errors],
        button=_("Send report") if page == CHECK else _("Continue"),
        **given,
    )


def _back(way: Way, page: str, suffix: str) -> str:
    """The page before this one: the one that led here, where it was not the way itself."""
    base = f"/report/{way.definition.slug}"
    if page in (WHICH, MAP):
        return f"{base}/{PLACE}{suffix}"
    before = CHECK if suffix and page != CHECK else way.path.before(page)
    return f"{base}/{before}" if before else f"{base}?council={way.journey.council}"


def _entered(way: Way, page: str) -> dict[str, str]:
    """What stands on a page, as a form would say it."""
    entered = way.journey.entered
    if page == PLACE:
        return {"where": entered.get(PLACE, {}).get("said", "")}
    if page == SIMILAR:
        return {SIMILAR: entered.get(SIMILAR, {}).get("choice", "")}
    if page in (DETAILS, CONTACT):
        kept = {name: value for name, value in entered.get(page, {}).items() if isinstance(value, str)}
        return kept | ({"may_pass_on": "yes"} if entered.get(page, {}).get("may_pass_on") else {})
    return {page: way.answers.get(page, "")}


def _contents(way: Way, page: str, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The template of a page, and what it is given besides what all are."""
    if page in CONTENTS:
        return CONTENTS[page](way, values)
    question = way.definition.questions[page]
    given = {"heading": way.asked(question), "name": page, "hint": question.hint, "value": values.get(page)}
    return "journey/question.html", given | {"items": _items(question)}


def _place_contents(way: Way, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    return "journey/place.html", {"value": values.get("where", ""), "map": f"/report/{way.definition.slug}/{MAP}"}


def _map_contents(way: Way, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    given = {name: values.get(name, "") for name in ("lat", "lon")}
    return "journey/map.html", given | {"instead": f"/report/{way.definition.slug}/{PLACE}"}


def _details_contents(way: Way, values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    details = way.definition.details
    heading = _("{question} (optional)").format(question=details.ask)
    given = {"heading": heading, "hint": details.hint, "most": details.max_characters, "name": DETAILS}
    return "text.html", given | {"value": values.get(DETAILS, "")}


def _check_contents(way: Way, _values: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    who = way.journey.entered.get(CONTACT, {})
    shares = bool(who.get("may_pass_on")) and any(who.get(name) for name in CONTACT_FIELDS)
    return "journey/check.html", {"rows": _rows(way), "shares_contact": shares}


CONTENTS: dict[str, Callable[[Way, Mapping[str, str]], tuple[str, dict[str, Any]]]] = {
    PLACE: _place_contents,
    WHICH: lambda way, _values: ("journey/question.html", _which(way)),
    MAP: _map_contents,
    DETAILS: _details_contents,
    CONTACT: lambda _way, values: ("journey/contact.html", {"values": values}),
    SIMILAR: lambda way, values: ("journey/question.html", _similar(way) | {"value": values.get(SIMILAR)}),
    CHECK: _check_contents,
}
"""The pages that every journey has; all others are questions."""


def _items(question: Question) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    for choice in question.choices:
        if choice.value == UNKNOWN:
            items.append({"divider": _("or")})
        items.append({"value": choice.value, "text": choice.label})
    return items


def _which(way: Way) -> dict[str, Any]:
    """Points to choose from: by name, with the parish as a hint; those of one name by their parish."""
    kept = way.journey.entered[PLACE]
    options = options_of(kept)
    has_one_name = len({option.name for option in options.values()}) == 1 < len(options)
    items: list[dict[str, Any]] = [
        {"value": where, "text": option.area}
        if has_one_name
        else {"value": where, "text": option.name, "hint": {"text": option.area}}
        for where, option in options.items()
    ]
    items += [{"divider": _("or")}, {"value": NONE_OF_THESE, "text": _("None of these")}]
    hint = _("You entered: {said}").format(said=kept["said"])
    if kept.get("more"):
        hint += ". " + _("There are more. If yours is not here, add the village or town to what you entered")
    chosen = f"{kept['easting']:.2f}:{kept['northing']:.2f}" if "easting" in kept else ""
    return {"heading": _("Which of these is it?"), "name": WHICH, "hint": hint, "items": items, "value": chosen}


def _similar(way: Way) -> dict[str, Any]:
    """What others reported near by: when, where about and what they chose; neither their words nor who they are."""
    items: list[dict[str, Any]] = [
        {"value": str(each.id), "text": _similar_in_words(each), "hint": {"text": _chosen(way, each)}}
        for each in way.similar
    ]
    items += [{"divider": _("or")}, {"value": MINE, "text": _("None of these: send mine as a report of its own")}]
    hint = _("If it is, we add you to that report, and tell whoever has it what you have said.")
    heading = _("This has been reported nearby. Is it the same?")
    return {"heading": heading, "name": SIMILAR, "hint": hint, "items": items}


def _similar_in_words(similar: Similar) -> str:
    day = in_words(similar.received_at.astimezone(zoneinfo.ZoneInfo(LONDON)))
    return _("Yes, it was reported on {day}, within {metres} metres of here").format(day=day, metres=similar.within_m)


def _chosen(way: Way, similar: Similar) -> str:
    """The answers of a report, without those that say nothing without their question."""
    known = [each for each in way.definition.question if similar.answers.get(each.id) in each.values]
    questions = [question for question in known if not set(question.values) <= YES_NO]
    is_street = similar.place_name is not None and not looks_like_postcode(similar.place_name)
    place = [str(similar.place_name)] if is_street else []
    return ", ".join([*place, *(question.label(similar.answers[question.id]) for question in questions)])


def _rows(way: Way) -> list[dict[str, Any]]:
    """Each answer with a link to change it."""
    rows = []
    for page in way.path.pages:
        if page == PLACE:
            rows.append(_row(way, page, _("Where it is"), _place(way)))
        elif page == DETAILS:
            text = way.journey.entered.get(DETAILS, {}).get(DETAILS, "")
            rows.append(_row(way, page, way.definition.details.ask, text))
        elif page == CONTACT:
            rows.append(_row(way, page, _("How we can contact you"), _contact(way)))
        elif page == SIMILAR:
            found = next((each for each in way.similar if each.id == way.joins), None)
            text = _similar_in_words(found) if found else _("No")
            rows.append(_row(way, page, _("Is it the same as another report?"), text))
        elif page != CHECK:
            question = way.definition.questions[page]
            rows.append(_row(way, page, way.asked(question), question.label(way.answers[page])))
    return rows


def _row(way: Way, page: str, name: str, value: str) -> dict[str, Any]:
    html = escape(value).replace("\n", Markup("<br>")) if value else escape(_("Not provided"))
    link = {"href": f"/report/{way.definition.slug}/{page}{CHANGES}", "text": _("Change"), "visuallyHiddenText": name}
    return {"key": {"text": name}, "value": {"html": html}, "actions": {"items": [link]}}


def _place(way: Way) -> str:
    kept = way.journey.entered[PLACE]
    assert way.place is not None
    name, area = kept.get("name") or kept["said"], area_in_words(way.place)
    return name if name == area else f"{name}\n{area}"


def _contact(way: Way) -> str:
    kept = way.journey.entered.get(CONTACT, {})
    return "\n".join(str(kept[name]) for name in CONTACT_FIELDS if kept.get(name))


def show_start(council: Council, definition: Definition) -> HTMLResponse:
    """The first page of a process: what it does, how long it takes, what happens then."""
    words, about = wording(council, definition), definition.process
    warning = render(about.warning, words) if about.warning else None
    start = render(about.start, words)
    return render_page("journey/start.html", council, definition=definition, start=start, warning=warning)
