"""Played examples: cases that a definition is tried on when it is loaded."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from routing.process.parts import Name, Part, Slug
from routing.process.stages import WHO
from routing.vocabulary import PlaceState


class ExampleStep(Part):
    """What happens next in a played example: exactly one of days that pass, an answer and a bounce.

    Attributes:
        days: calendar days that pass.
        by: who answers: the citizen, or a recipient by its id.
        fields: what they fill in.
        bounce: the recipient whom no message reaches.
    """

    days: Annotated[int, Field(strict=True, ge=1, le=36_500)] | None = None
    by: Annotated[str, StringConstraints(pattern=WHO)] | None = None
    fields: Mapping[Name, Any] = Field(default_factory=dict)
    bounce: Slug | None = None


class Expected(Part):
    """What a played example must lead to.

    Attributes:
        outcomes: all outcomes in order, as ``stage/outcome``.
        letters: all letters in order; by default they are not compared.
        end: the end; by default the case has not ended.
    """

    outcomes: tuple[str, ...] = ()
    letters: tuple[Slug, ...] | None = None
    end: Slug | None = None


class Example(Part):
    """A case that is played when the definition is loaded. It begins on Monday 1 February 2027 at 9am in England.

    Attributes:
        id: its name.
        answers: question → answer, as a program sends it.
        place: state of the place.
        steps: what happens.
        expect: what must come of it.
    """

    id: Slug
    answers: Mapping[Name, Any] = Field(default_factory=dict)
    place: PlaceState | None = None
    steps: tuple[ExampleStep, ...] = ()
    expect: Expected
