"""Find the encoding of a shapefile's table, because ``.cpg`` files, which should name it, are missing or wrong.

GDAL drops letters that it cannot recode. So we give it an encoding where each byte is a character, and decide here what
the bytes mean. No letter is lost, and you can see problems in the names.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import BoundaryError
from routing.vocabulary import is_garbled

UTF_8, WINDOWS, DOS = "UTF-8", "CP1252", "CP850"
BYTES = "ISO-8859-1"
"""The encoding where each byte is the character with its number."""

LANGUAGES = {0x01: "CP437", 0x02: DOS, 0x03: WINDOWS}
"""Language drivers (byte 29) of western Europe; others say nothing, or no more than Windows' own characters."""

_HEADER = 32
_MOST_FIELDS = 256
_ISO = re.compile(r"8859[-_ ]?(\d{1,2})$")
_CODE_PAGE = re.compile(r"(\d{3,5})$")


def need_parts(shapefile: Path) -> None:
    """Check for all files of a shapefile.

    Raises:
        BoundaryError: ``read``: one of them is missing; names it.
    """
    beside = {each.suffix.lower() for each in shapefile.parent.glob(f"{glob_name(shapefile.stem)}.*")}
    missing = " and ".join(f"{shapefile.stem}{suffix}" for suffix in (".shx", ".dbf") if suffix not in beside)
    if missing:
        said = f"{missing} is missing. Copy all files of the shapefile: .shp, .shx, .dbf and .prj."
        raise BoundaryError("read", f"{shapefile}: {said}")


def table_encoding(shapefile: Path) -> str | None:
    """The encoding of a shapefile's table from its bytes; None if they do not show it.

    Valid UTF-8 that is not ASCII is UTF-8, whatever a ``.cpg`` says: accented letters in other encodings are never
    valid UTF-8 throughout. Otherwise we use the first encoding that makes every text readable: from ``.cpg``, from the
    table, or Windows' characters; DOS' only if these fail and a letter only exists there. If none works, we read
    Windows' characters, and the check of names finds the errors.
    """
    beside = {each.suffix.lower(): each for each in shapefile.parent.glob(f"{glob_name(shapefile.stem)}.*")}
    try:
        content = beside[".dbf"].read_bytes()
        told = beside[".cpg"].read_bytes()[:40] if ".cpg" in beside else b""
    except (OSError, KeyError):
        return None
    texts = [text for text in _texts(content) if not text.isascii()]
    if not texts:
        return None
    others = [text.strip(b" \0") for text in texts if not _is_utf8(text)]
    if not others:
        return UTF_8
    for encoding in (_named(told), LANGUAGES.get(content[29]), WINDOWS):
        if encoding and all(_reads_well(text, encoding) for text in others):
            return encoding
    is_dos = any(0x80 <= byte < 0xA0 for text in others for byte in text)  # where Windows has signs
    return DOS if is_dos and all(_reads_well(text, DOS) for text in others) else WINDOWS


def as_meant(values: NDArray[Any], encoding: str | None) -> NDArray[Any]:
    """A column that was read as ``BYTES``, in the encoding of its table; a text in UTF-8 is read so in any table."""
    if values.dtype != object:
        return values
    meant = np.empty(len(values), dtype=object)
    meant[:] = [_decoded(each, encoding or WINDOWS) if isinstance(each, str) else each for each in values]
    return meant


def _decoded(text: str, encoding: str) -> str:
    if text.isascii():
        return text
    content = text.encode(BYTES)
    try:
        return content.decode()
    except UnicodeDecodeError:
        if encoding == UTF_8:  # the width of its field cut its last character off
            return codecs.getincrementaldecoder(UTF_8)("replace").decode(content)
        return content.decode(encoding, "replace")


def _named(told: bytes) -> str | None:
    """The encoding that a ``.cpg`` names: ``1252``, ``ANSI 1252``, ``OEM 850``, ``ISO-8859-14``; None if unknown."""
    text = told.decode("ascii", "ignore").replace("\0", "").strip()
    if iso := _ISO.search(text) or re.search(r"8859(1)$", text):
        name = WINDOWS if iso[1] == "1" else f"ISO-8859-{iso[1]}"  # which has letters where that has none
    elif page := _CODE_PAGE.search(text):
        name = f"CP{page[1]}"
    else:
        return None
    try:
        codecs.lookup(name)
    except LookupError:
        return None
    return name


def _reads_well(text: bytes, encoding: str) -> bool:
    try:
        read = text.decode(encoding)
    except UnicodeError:
        return False
    return read.isprintable() and not is_garbled(read)


def glob_name(stem: str) -> str:
    """A file's name in which ``glob`` sees no pattern."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in stem)


def _texts(content: bytes) -> Iterator[bytes]:
    """The text of every field of characters (dBASE III: a header, descriptors of 32 bytes each, records)."""
    if len(content) < _HEADER:
        return
    begin, width = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    fields, at = list[tuple[int, int]](), 1
    for number in range(1, _MOST_FIELDS):
        described = content[_HEADER * number : _HEADER * (number + 1)]
        if len(described) < _HEADER or described[0] == 0x0D:
            break
        if described[11:12] == b"C":
            fields.append((at, described[16]))
        at += described[16]
    for record in range(begin, len(content), max(width, 1)) if width > 1 else ():
        for start, length in fields:
            yield content[record + start : record + start + length]


def _is_utf8(text: bytes) -> bool:
    """Whether a field is UTF-8, except for a last character that its width cut off and that another field shows."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and not text[: error.start].isascii()
    return True
