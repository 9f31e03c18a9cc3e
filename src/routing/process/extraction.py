"""For babel: extract texts for citizens from definition files (``pybabel extract``, with the mapping in babel.cfg)."""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from routing.outside import decoded, read_toml
from routing.process.translation import citizens_texts


def definition_texts(
    file: BinaryIO,
    keywords: Iterable[str],  # noqa: ARG001  # babel's own parameters
    comment_tags: Iterable[str],  # noqa: ARG001
    options: dict[str, Any],  # noqa: ARG001
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The texts of a ``process.toml`` in babel's format: line, function, text, comments."""
    for part, name in citizens_texts(read_toml(decoded(file.read()), "process.toml")):
        yield 1, "gettext", part[name].strip(), [name]
