"""The list of all texts of a definition that a person can read, from its models.

A field is in it because of its type (``Shown``). So the checks, the translation and the code for placeholders all see a
new field, and none can forget it.
"""

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar, Union

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Shown:
    """Marks the type of a text that a person can read.

    Attributes:
        to_citizens: True if it is on a page, so we translate it; False if it is in a message to a recipient.
        before_sent: True if people can read it before there is a report and a reference.
    """

    to_citizens: bool = True
    before_sent: bool = True


M = TypeVar("M", bound=BaseModel)
Change = Callable[[str, Shown], str]


@lru_cache(maxsize=64)
def shown_fields(kind: type[BaseModel]) -> Mapping[str, Shown]:
    """Name of a field → its mark, for a model's own texts."""
    hints = typing.get_type_hints(kind, include_extras=True)
    marks = {name: _mark(hints[name]) for name in kind.model_fields}
    return {name: mark for name, mark in marks.items() if mark is not None}


@lru_cache(maxsize=64)
def part_fields(kind: type[BaseModel]) -> Mapping[str, tuple[type[BaseModel], ...]]:
    """Name of a field → the models that its part or parts can have."""
    hints = typing.get_type_hints(kind, include_extras=True)
    parts = {name: tuple(dict.fromkeys(_parts(hints[name]))) for name in kind.model_fields}
    return {name: models for name, models in parts.items() if models}


def _mark(hint: Any) -> Shown | None:
    if typing.get_origin(hint) is typing.Annotated:
        inner, *marks = typing.get_args(hint)
        return next((each for each in marks if isinstance(each, Shown)), None) or _mark(inner)
    if typing.get_origin(hint) in (Union, types.UnionType, tuple):
        return next((mark for each in typing.get_args(hint) if (mark := _mark(each)) is not None), None)
    return None


def _parts(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    else:
        for each in typing.get_args(hint):
            yield from _parts(each)


def shown_texts(part: BaseModel) -> Iterator[tuple[str, Shown]]:
    """Every text that a person can read, in a part and its parts."""
    kind = type(part)
    for name, mark in shown_fields(kind).items():
        yield from ((text, mark) for text in _each(getattr(part, name)))
    for name in part_fields(kind):
        for inner in _each(getattr(part, name)):
            yield from shown_texts(inner)


def changed(part: M, change: Change) -> M:
    """A part with all readable texts changed; the same object if nothing changes."""
    kind, update = type(part), dict[str, Any]()
    for name, mark in shown_fields(kind).items():
        update[name] = mapped(getattr(part, name), partial(_with_mark, change, mark))
    for name in part_fields(kind):
        update[name] = mapped(getattr(part, name), partial(_with_change, change))
    update = {name: value for name, value in update.items() if value is not getattr(part, name)}
    return part.model_copy(update=update) if update else part


def _with_mark(change: Change, mark: Shown, text: str) -> str:
    return change(text, mark)


def _with_change(change: Change, part: M) -> M:
    return changed(part, change)


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A value, or each of several, changed; the same object if nothing changes."""
    if value is None:
        return None
    if not isinstance(value, tuple):
        return change(value)
    found = tuple(change(each) for each in value)
    return value if all(new is old for new, old in zip(found, value, strict=True)) else found
