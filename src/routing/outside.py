"""What comes from outside, at the first touch: text of a file, TOML, JSON, numbers, lines.

Python's own readers raise more than their documentation says: ``tomllib``, ``json`` and ``int`` a plain ValueError at
numbers of more than 4,300 digits, both parsers a RecursionError at what nests deeply, ``int`` at digits that
``str.isdigit`` takes. Here each of these is one error of ours, and what no database or e-mail takes is no text.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from routing.errors import DefinitionError

LARGEST_ID = 2**31 - 1
"""Ids of Modern.Gov are 32-bit integers."""

MOST_CHARACTERS = 1_000_000
MOST_DOTS = 2_000
"""In a line of TOML: ``tomllib`` takes time with the square of the parts of a key. Measured, 150,000 take minutes."""

_NUMBER = re.compile(r"[0-9_]+")
_MOST_DIGITS = 4_300
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAK = re.compile(r"[\n\r\u2028\u2029]")


def read_text(path: Path) -> str:
    """The text of a definition file; a byte order mark, as Windows' editors write one, is no part of it.

    Raises:
        DefinitionError: it cannot be read, or is not UTF-8; names the line.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DefinitionError(str(path), "", f"cannot be read ({error.strerror}). Name a file.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DefinitionError(str(path), f"line {line}", "this is not UTF-8 text. Save the file as UTF-8.") from None


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The tables of a definition file, which has some kilobytes.

    Raises:
        DefinitionError: this is no TOML; names the line where the parser does.
    """
    if len(text) > MOST_CHARACTERS:
        raise DefinitionError(source, "", f"it has more than {MOST_CHARACTERS:,} characters. Shorten it.")
    lines = text.split("\n")
    dotted = next((n for n, line in enumerate(lines, 1) if line.count(".") > MOST_DOTS), None)
    if dotted is not None:
        raise DefinitionError(source, f"line {dotted}", f"it has more than {MOST_DOTS:,} dots. Break the line up.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(source, "", f"this is not TOML: {error}. Correct the line.") from None
    except ValueError:
        found = next((n for n, line in enumerate(lines, 1) if _longest_number(line) > _MOST_DIGITS), None)
        where = f"line {found}" if found is not None else ""
        said = f"a number has more than {_MOST_DIGITS:,} digits. Write a shorter one."
        raise DefinitionError(source, where, said) from None
    except RecursionError:
        raise DefinitionError(source, "", "brackets or keys nest too deeply. Write fewer of them.") from None


def _longest_number(line: str) -> int:
    return max((len(each.replace("_", "")) for each in _NUMBER.findall(line)), default=0)


def read_json(content: bytes | str) -> Any:
    """A JSON document, in UTF-8 (RFC 8259, 8.1), with or without a byte order mark.

    Raises:
        ValueError: it is none, is not UTF-8, nests too deeply, or has a number of more than 4,300 digits.
    """
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def read_number(text: str, most: int = LARGEST_ID) -> int | None:
    """A whole number from 1 to ``most``, in ASCII digits; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    return number if 0 < (number := int(text)) <= most else None


def is_plain(text: str) -> bool:
    """Whether a text has neither control characters nor halves of characters; tabs and line breaks may be."""
    return _CONTROL.search(text) is None


def plain(text: str) -> str:
    """A text without control characters and halves of characters, where they say nothing that matters."""
    return _CONTROL.sub("", text)


def _need_plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("it has a control character, which nobody sees. Type the text anew")
    return text


def _need_line(text: str) -> str:
    if _BREAK.search(text):
        raise ValueError("write it on one line")
    return _need_plain(text)


PLAIN = AfterValidator(_need_plain)
ONE_LINE = AfterValidator(_need_line)
Plain = Annotated[str, PLAIN]
"""A field of a definition that may have several lines; ``ONE_LINE`` goes with a type of one."""
