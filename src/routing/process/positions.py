"""Where the parts of a definition stand in its file, for errors: names and lines of tables. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]?\]\s*(?:#.*)?$")
_MARK = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#')
"""What can begin or end a text over several lines, or hide such a mark: a text on one line, a comment."""


@dataclass(frozen=True)
class Positions:
    """The lines of a file's tables.

    Attributes:
        raw: the file, read as TOML.
        lines: path of a table, such as ``("stage", 2, "outcome", 0)``, → the line of its header.
    """

    raw: Mapping[str, Any]
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def where(self, loc: tuple[str | int, ...]) -> tuple[str, str]:
        """The part in words with its line, and the key in it: ``stage crew, outcome missed (line 80)``, ``letter``."""
        words, value, path, part_end = list[str](), self.raw, tuple[str | int, ...](), 0
        for number, key in enumerate(loc):
            path = (*path, key)
            value = _inner(value, key)
            if isinstance(key, int) and number and isinstance(loc[number - 1], str) and isinstance(value, dict):
                if (number - 1) != part_end or not _is_table(path, self.lines):
                    break
                words.append(f"{loc[number - 1]} {_name_of(value, key)}")
                part_end = number + 1
        if not words:
            return (str(loc[0]) if loc else ""), _in_words(loc[1:] or loc)
        line = self.lines.get(loc[:part_end])
        shown = ", ".join(words) + (f" (line {line})" if line else "")
        return shown, _in_words(loc[part_end:]) or str(loc[part_end - 2])

    def named(self) -> dict[str, int]:
        """The name of each part, such as ``stage crew, outcome missed``, → its line."""
        found: dict[str, int] = {}
        for path, line in self.lines.items():
            words, _key = self.where(path)
            found.setdefault(words.removesuffix(f" (line {line})"), line)
        return found


def _in_words(path: tuple[str | int, ...]) -> str:
    """A key in a part: ``due.late``, ``bands, entry 2, below``."""
    words = ""
    for part in path:
        words += (
            f", entry {part + 1}, " if isinstance(part, int) else f".{part}" if words and words[-1] != " " else part
        )
    return words.removesuffix(", ")


def _is_table(path: tuple[str | int, ...], lines: Mapping[tuple[str | int, ...], int]) -> bool:
    return path in lines or len(path) == 2  # a list of tables on one line


def _inner(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return None


def _name_of(entry: Mapping[str, Any], index: int) -> str:
    given = entry.get("id", entry.get("again"))
    return given[:40] if isinstance(given, str) else f"number {index + 1}"


def positions(raw: Mapping[str, Any], text: str) -> Positions:
    """Find the headers of all tables of a file."""
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in _lines_outside_texts(text):
        found = _HEADER.match(line)
        if found is None:
            continue
        is_list, names = line.lstrip().startswith("[["), found[1].split(".")
        path: tuple[str | int, ...] = ()
        for depth, name in enumerate(names):
            path = (*path, name)
            is_last = depth == len(names) - 1
            if is_last and is_list:
                counts[path] = counts.get(path, -1) + 1
                path = (*path, counts[path])
                for known in [each for each in counts if each[: len(path)] == path and len(each) > len(path)]:
                    del counts[known]
            elif path in counts:
                path = (*path, counts[path])
        lines[path] = number
    return Positions(raw, lines)


def _lines_outside_texts(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a file that do not lie in a text over several lines, with their numbers."""
    ends_with = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not ends_with:
            yield number, line
        ends_with = _open_after(line, ends_with)


def _open_after(line: str, ends_with: str) -> str:
    """The mark that ends the text which is open after a line; empty if none is."""
    at = 0
    while at < len(line):
        if ends_with:
            end = line.find(ends_with, at)
            if end < 0:
                return ends_with
            at, ends_with = end + 3, ""
            continue
        found = _MARK.search(line, at)
        if found is None or found[0] == "#":
            return ""
        at = found.end()
        ends_with = found[0] if found[0] in ('"""', "'''") else ""
    return ends_with
