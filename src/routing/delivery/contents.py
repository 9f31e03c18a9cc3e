"""What a message says about a report: where it is, what was said, who said it. Our words and theirs stay apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from routing.casework import Addition, OutboxMessage, Reporter
from routing.council import Council
from routing.place import looks_like_postcode, to_degrees, write_reference
from routing.process import Definition, answers_in_words, is_typed
from routing.vocabulary import PlaceState, Role

STATES = {
    PlaceState.UNCERTAIN: "We cannot tell which parish this is in. It may be in:",
    PlaceState.UNPARISHED: "This area has no parish council.",
    PlaceState.OFF_MAP: "This place is not in a district that we know.",
    PlaceState.NO_DATA: "We have no parish boundaries for this place.",
}


def acts_on(delivery: OutboxMessage) -> bool:
    """Whether the recipient must act or decide, not only know."""
    return delivery.role is not Role.COPY and not delivery.follows_copy


def personal_of(delivery: OutboxMessage) -> Mapping[str, str]:
    """Answers about a person, for whoever must act. A copy has none."""
    return delivery.reporter.answers if acts_on(delivery) else {}


def said(
    definition: Definition, answers: Mapping[str, str], words: Mapping[str, str], personal: Mapping[str, str]
) -> dict[str, Any]:
    """The answers for the templates: ``answers`` in our own words, ``typed`` in those of whoever typed them."""
    typed = {**words, **{name: value for name, value in personal.items() if is_typed(definition, name)}}
    ours = {**answers, **{name: value for name, value in personal.items() if name not in typed}}
    return {"answers": answers_in_words(definition, ours), "typed": answers_in_words(definition, typed)}


def map_link(delivery: OutboxMessage, council: Council) -> str:
    """Link to the place on a map; empty if there is none."""
    if delivery.easting is None or delivery.northing is None:
        return ""
    ((lon, lat),) = to_degrees(np.array([[delivery.easting, delivery.northing]]))
    if not np.isfinite([lat, lon]).all():
        return ""
    metres = {"easting": f"{delivery.easting:.0f}", "northing": f"{delivery.northing:.0f}"}
    return council.map.link.format(lat=f"{lat:.5f}", lon=f"{lon:.5f}", **metres)


def place_of(delivery: OutboxMessage) -> dict[str, Any]:
    """The place of the receipt; empty if there is none."""
    return dict(delivery.receipt.get("place") or {})


def where_lines(delivery: OutboxMessage) -> list[str]:
    """Where it is, in lines; none in a process without a place."""
    if delivery.easting is None or delivery.northing is None:
        return []
    place = place_of(delivery)
    lines = [delivery.place_name] if delivery.place_name else []
    if place.get("name"):
        lines.append(f"{place['name']} ({place['code']})")
    state = place.get("state")
    if state in STATES:
        lines.append(STATES[PlaceState(state)])
    if state == PlaceState.UNCERTAIN:
        lines += [
            f"- {each['name']} ({each['code']})"
            + ("" if each["distance_m"] == 0 else f", {max(1, each['distance_m']):.0f} m from its boundary")
            for each in place["candidates"]
        ]
    grid = _grid(delivery.easting, delivery.northing)
    is_street = delivery.place_name is not None and not looks_like_postcode(delivery.place_name)
    return [*lines, f"Somewhere on this street, near {grid}" if is_street else grid]


def _where_joined(addition: Addition) -> str | None:
    if addition.where is None:
        return None
    return ". ".join(part for part in (addition.place_name, _grid(*addition.where)) if part)


def _grid(easting: float, northing: float) -> str:
    reference = write_reference(easting, northing)
    return f"British National Grid: {reference} (easting {easting:.0f}, northing {northing:.0f})"


def addition_lines(addition: Addition, definition: Definition, *, acts: bool) -> dict[str, Any]:
    """The text for one addition. A person who joined is described like the first reporter.

    Args:
        acts: the recipient must act, so they get the answers about a person too.
    """
    joined = addition.is_joining
    given: tuple[Mapping[str, str], ...] = ({}, {}, {})
    if joined:
        given = (addition.answers, addition.words, addition.reporter.answers if acts else {})
    return said(definition, *given) | {
        "title": f"One more person has reported this ({addition.reference})"
        if joined
        else "Added later by a person who reported it",
        "where": _where_joined(addition) if joined else None,
        "text": addition.text,
        "reporter": reporter_lines(addition.reporter) if joined else [],
    }


def reporter_lines(reporter: Reporter) -> list[str]:
    """Name and address, but only if the reporter agreed to share them."""
    if reporter.is_anonymous:
        return ["They gave no contact details."]
    if not reporter.may_pass_on:
        return ["They did not agree to share their contact details."]
    return [line for line in (reporter.name, reporter.email, reporter.phone) if line]
