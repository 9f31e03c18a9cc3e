"""In which encoding an answer came: as it looks, in itself or as it is declared. Pure.

What is UTF-8 is nothing else, whatever is declared. As the Encoding and HTML standards say, what is called Latin-1 is
read as Windows' own, of which it is a part; so are single bytes that stand among UTF-8.
"""

import codecs
import re

_DECLARED = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)
_IN_PROLOG = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)
_LOOKED_AT = 4_096
_WINDOWS = "cp1252"
_AS_WINDOWS = frozenset({"iso8859-1", "ascii"})
_KNOWN = re.compile(r"utf-8|utf-16(-le|-be)?|cp125[0-8]|iso8859-\d{1,2}|ascii|koi8-[ru]")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WIDE = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
"""How a document in wide letters begins, if it has no mark."""

_ODD = {0xDC00 + byte: bytes([byte]).decode(_WINDOWS, "replace") for byte in range(128, 256)}
_ODD_BYTE = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\0-\x7f]")


def charset_of(content_type: str) -> str | None:
    """The encoding that the header Content-Type declares, in Python's name; None where it names none that is known."""
    found = _IN_HEADER.search(content_type[:500])
    return _known(found[1]) if found else None


def decoded_page(content: bytes, charset: str | None) -> str:
    """The text of a page of HTML; what its encoding does not have is U+FFFD.

    Args:
        charset: as ``charset_of`` gives it.
    """
    return _decoded(content, charset, _DECLARED)


def decoded_list(content: bytes, charset: str | None) -> str:
    """The text of a document of XML, in the same way."""
    return _decoded(content, charset, _IN_PROLOG)


def _decoded(content: bytes, charset: str | None, declared: re.Pattern[bytes]) -> str:
    begin = content.lstrip()[:2]
    marked = next((encoding for mark, encoding in _MARKS.items() if content.startswith(mark)), _WIDE.get(begin))
    if marked is not None:
        return content.decode(marked, "replace")
    text = content.decode("utf-8", "surrogateescape")
    odd = len(_ODD_BYTE.findall(text))
    if odd == 0:
        return text
    is_mostly_utf8 = len(_NOT_ASCII.findall(text)) > 2 * odd
    inside = declared.search(content[:_LOOKED_AT])
    for encoding in (charset, _known(inside[1].decode("ascii")) if inside else None):
        if encoding not in (None, "utf-8") and not encoding.startswith("utf-16") and not is_mostly_utf8:
            return content.decode(encoding, "replace")
    return text.translate(_ODD)


def _known(name: str) -> str | None:
    """An encoding of text that pages come in; never one that could hide a tag, as UTF-7 can."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return _WINDOWS if found in _AS_WINDOWS else found if _KNOWN.fullmatch(found) else None
