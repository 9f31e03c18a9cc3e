"""First reading of data from outside: text of a file, TOML, JSON, CSV, numbers, lines.

Text is UTF-8, with or without a byte order mark, or UTF-16 with one, with any line ends. That is what editors and
spreadsheets write on Windows, on a Mac and elsewhere.

Python's own readers raise more than their documentation says. ``tomllib``, ``json`` and ``int`` raise a ValueError for
numbers with more than 4,300 digits. Both parsers raise a RecursionError for deep nesting, and ``int`` fails on digits
that ``str.isdigit`` accepts. Here each becomes one error of ours, as do characters that no database or email accepts.
"""

import codecs
import csv
import json
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from routing.errors import DefinitionError

LARGEST_ID = 2**31 - 1
"""Ids of Modern.Gov are 32-bit integers."""

MOST_CHARACTERS = 1_000_000
MOST_DOTS = 2_000
"""Most dots in a line of TOML. ``tomllib`` takes quadratic time for parts of a key: 150,000 take minutes (measured)."""

_NUMBER = re.compile(r"[0-9_]+")
_MOST_DIGITS = 4_300
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAK = re.compile(r"[\n\r\u2028\u2029]")


class Unreadable(ValueError):
    """A file is not text or not a table.

    Attributes:
        line: the line with the error; None for the whole file.
        text: what is wrong and what to do.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {text}" if line is not None else text)
        self.line, self.text = line, text


NOT_UTF8 = "this is not UTF-8 text. Save the file as UTF-8"
IN_EXCEL = " (in Excel: CSV UTF-8)"
NO_MARK = "this looks like UTF-16 without a byte order mark. Save the file as UTF-8."
NOT_TEXT = "this is a workbook or an archive, not text. In Excel, save the sheet as CSV UTF-8."
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of a zip, such as .xlsx and .ods, and of Excel's files before 2007."""

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LINE_END = re.compile(r"\r\n|\r|\n")


def _encoding(begin: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS.items() if begin.startswith(mark)), "utf-8")


def _need_text(begin: bytes) -> str:
    """The encoding of a file with these first bytes. In UTF-16 of European text every second byte is 0."""
    if begin.startswith(_WORKBOOKS):
        raise Unreadable(NOT_TEXT)
    encoding = _encoding(begin)
    if encoding == "utf-8" and len(begin) > 1 and 3 * begin.count(0) > len(begin):
        raise Unreadable(NO_MARK)
    return encoding


def decoded(content: bytes) -> str:
    """The text of a file, without its byte order mark.

    Raises:
        Unreadable: it is neither UTF-8 nor UTF-16 with a mark; names the line.
    """
    encoding = _need_text(content[:200])
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        raise Unreadable(f"{NOT_UTF8}.", len(_LINE_END.findall(before)) + 1) from None


def read_text(path: Path) -> str:
    """The text of a definition file.

    Raises:
        DefinitionError: it cannot be read, or is not text; names the line.
    """
    try:
        return _LINE_END.sub("\n", decoded(path.read_bytes()))
    except OSError as error:
        raise DefinitionError(str(path), "", f"cannot be read ({error.strerror}). Choose a file.") from None
    except Unreadable as error:
        raise DefinitionError(str(path), f"line {error.line}" if error.line else "", error.text) from None


Row = tuple[int, list[str]]
"""The first line of a row, and its cells without surrounding spaces and invisible characters."""

SEPARATORS = ",;\t"
_TOLD_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t]*', re.IGNORECASE)
"""The first line that tells Excel the separator of a table."""

_QUOTED = re.compile(r'"[^"]*"')


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a CSV file, without empty rows.

    The separator is a comma, or a semicolon or tab if the first line has more of those.

    Raises:
        Unreadable: it cannot be read, or is not text or not CSV; names the line.
    """
    encoding = "utf-8"
    line = 1
    try:
        with path.open("rb") as file:
            begin = file.read(200)
        encoding = _need_text(begin)
        with path.open(encoding=encoding, newline="") as text:
            lines, separator = _separated(text)
            marks = Counter[str]()
            reader = csv.reader(_counted(lines, marks), delimiter=separator, skipinitialspace=True)
            for row in reader:
                if marks['"'] % 2 and reader.line_num > line:
                    raise Unreadable("close or delete the quotation mark that opens here.", line)
                cells = [_cell(cell) for cell in row]
                if any(cells):
                    yield line, cells
                marks.clear()
                line = reader.line_num + 1
    except UnicodeError:
        raise Unreadable(f"{NOT_UTF8}{IN_EXCEL}.", _undecodable(path, encoding)) from None
    except csv.Error as error:
        raise Unreadable(f"this is not CSV ({error}). Save the table as CSV, in UTF-8.", line) from None
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror}). Choose a CSV file.") from None


def _counted(lines: Iterable[str], marks: Counter[str]) -> Iterator[str]:
    """Counts lines and quotation marks while reading, because csv joins lines if a quotation mark is missing."""
    for line in lines:
        marks['"'] += line.count('"')
        yield line


def _separated(text: Iterable[str]) -> tuple[Iterator[str], str]:
    """The lines of a table and its separator. A line that only names the separator becomes empty."""
    lines = iter(text)
    before = list[str]()
    for line in lines:
        if told := _TOLD_SEPARATOR.fullmatch(line.strip("\r\n ")):
            return chain([*before, "\n"], lines), told[1]
        before.append(line)
        if line.strip():
            unquoted = _QUOTED.sub("", line)
            return chain(before, lines), max(SEPARATORS, key=unquoted.count)
    return iter(before), ","


def _cell(text: str) -> str:
    if not text.isascii():
        text = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return text.strip()


def _undecodable(path: Path, encoding: str) -> int | None:
    """The first line that cannot be decoded; None if the lines cannot be separated."""
    if encoding == "utf-16":
        return None
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return None


def read_table(path: Path, needed: Collection[str]) -> list[tuple[int, Mapping[str, str]]]:
    """The rows of a CSV file with column names in its first line: the line number, and column → cell.

    Args:
        needed: columns it must have, in upper or lower case.

    Raises:
        Unreadable: as for ``read_rows``, or a column is missing or repeated, or a row is longer than the first line.
    """
    rows = read_rows(path)
    head, names = next(rows, (1, []))
    names = without_tail([name.lower() for name in names])
    if not set(needed) <= set(names) or len(set(names)) < len(names):
        raise Unreadable(f"add the columns {', '.join(needed)} here, each once.", head)
    return [(line, _named(names, needed, cells, line)) for line, cells in rows]


def without_tail(cells: list[str]) -> list[str]:
    """The cells of a row, without empty ones from commas at its end."""
    last = max((number for number, cell in enumerate(cells, 1) if cell), default=0)
    return cells[:last]


def _named(names: Sequence[str], needed: Collection[str], cells: list[str], line: int) -> Mapping[str, str]:
    if any(cells[len(names) :]):
        raise Unreadable(
            f"put cells with commas in quotation marks. This line has more cells than the {len(names)} columns.", line
        )
    short = [name for name in names[len(cells) :] if name in needed]
    if short:
        raise Unreadable(f"add a cell for each column. This line ends before {short[0]}.", line)
    padded = [*cells, *[""] * (len(names) - len(cells))]
    return dict(zip(names, padded, strict=False))


def read_toml(text: str, source: str) -> dict[str, Any]:
    """The tables of a definition file of some kilobytes.

    Raises:
        DefinitionError: this is not TOML; names the line if the parser does.
    """
    if len(text) > MOST_CHARACTERS:
        raise DefinitionError(source, "", f"shorten it to at most {MOST_CHARACTERS:,} characters.")
    lines = text.split("\n")
    dotted = next((n for n, line in enumerate(lines, 1) if line.count(".") > MOST_DOTS), None)
    if dotted is not None:
        raise DefinitionError(source, f"line {dotted}", f"split this line. It has more than {MOST_DOTS:,} dots.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(source, "", f"this is not TOML: {error}. Correct the line.") from None
    except ValueError:
        found = next((n for n, line in enumerate(lines, 1) if _longest_number(line) > _MOST_DIGITS), None)
        where = f"line {found}" if found is not None else ""
        said = f"write a shorter number. One has more than {_MOST_DIGITS:,} digits."
        raise DefinitionError(source, where, said) from None
    except RecursionError:
        raise DefinitionError(source, "", "nest fewer brackets or keys.") from None


def _longest_number(line: str) -> int:
    return max((len(each.replace("_", "")) for each in _NUMBER.findall(line)), default=0)


def read_json(content: bytes | str) -> Any:
    """A JSON document from bytes, which ``decoded`` reads.

    Raises:
        ValueError: it is not JSON, nests too deeply, or has a number of more than 4,300 digits; Unreadable if it is not
            text.
    """
    text = decoded(content) if isinstance(content, bytes) else content
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
    """Whether a text has no control characters or halves of characters. Tabs and line breaks are allowed."""
    return _CONTROL.search(text) is None


def plain(text: str) -> str:
    """A text without its control characters and halves of characters."""
    return _CONTROL.sub("", text)


def _need_plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("it contains an invisible control character. Type the text again")
    return text


def _need_line(text: str) -> str:
    if _BREAK.search(text):
        raise ValueError("write it on one line")
    return _need_plain(text)


PLAIN = AfterValidator(_need_plain)
ONE_LINE = AfterValidator(_need_line)
Plain = Annotated[str, PLAIN]
"""A field of a definition that may have several lines; ``ONE_LINE`` is for one line."""
