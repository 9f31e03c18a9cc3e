"""Text of a definition file → checked definition, or an error that says where and what to change."""

import functools
import hashlib
from typing import Any

from pydantic import ValidationError

from routing.errors import DefinitionError
from routing.outside import read_toml
from routing.process.definition import Definition
from routing.process.parts import STORED
from routing.process.positions import positions
from routing.process.proof import prove
from routing.process.reasons import first_cause, why, without_tags


def parse(text: str, source: str, scope: str = "", lists: frozenset[str] = frozenset()) -> Definition:
    """Load and check a definition.

    Args:
        text: the file.
        source: its name, for errors.
        scope: slug of the council whose own copy this is; empty for a shared one.
        lists: names of further council lists that a text may use, besides those of its questions.

    Raises:
        DefinitionError: names the file, the rule or question with its line, and what to change.
    """
    return _proven(text, source, scope, lists)


@functools.lru_cache(maxsize=64)
def _proven(text: str, source: str, scope: str, lists: frozenset[str]) -> Definition:
    """Check the same text only once in a process, because each check reads the whole catalogue again."""
    raw = read_toml(text, source)
    found = positions(raw, text)
    try:
        definition = _validated(raw, text, scope)
    except ValidationError as error:
        first = first_cause(error.errors())
        where, key = found.where(without_tags(first["loc"], raw))
        raise DefinitionError(source, where, why(first, key).removeprefix(f"{where}: ")) from None
    prove(definition, source, found.named(), lists)
    return definition


@functools.lru_cache(maxsize=64)
def read_stored(text: str, source: str, scope: str = "") -> Definition:
    """A stored definition. It was checked when stored, so newer checks do not apply.

    Raises:
        DefinitionError: it is not a definition.
    """
    try:
        return _validated(read_toml(text, source), text, scope, {STORED: True})
    except ValidationError as error:
        raise DefinitionError(
            source, "", f"the stored definition cannot be read: {error.errors()[0]['msg']}."
        ) from None


def _validated(raw: dict[str, Any], text: str, scope: str, context: dict[str, bool] | None = None) -> Definition:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Definition.model_validate({**raw, "sha256": digest, "text": text, "scope": scope}, context=context)
