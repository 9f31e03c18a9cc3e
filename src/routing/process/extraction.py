"""For babel: the texts of definition files that citizens read (``pybabel extract``, with the mapping of babel.cfg)."""

import tomllib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from routing.process.translation import citizens_texts


def definition_texts(
    file: BinaryIO,
    keywords: Iterable[str],  # noqa: ARG001  # babel's own parameters
    comment_tags: Iterable[str],  # noqa: ARG001
    options: dict[str, Any],  # noqa: ARG001
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The texts of a ``process.toml``, as babel takes them: line, function, text, comments."""
    for part, name in citizens_texts(tomllib.load(file)):
        yield 1, "gettext", part[name].strip(), [name]
