"""Find the encoding of an answer, from its bytes, its content or its declaration. Pure.

Valid UTF-8 is always UTF-8, whatever is declared. As the Encoding and HTML standards say, we read Latin-1 as Windows'
encoding, which includes it, and also single bytes within UTF-8.
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
"""First bytes of a document in wide characters, if it has no mark."""

_ODD = {0xDC00 + byte: bytes([byte]).decode(_WINDOWS, "replace") for byte in range(128, 256)}
_ODD_BYTE = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile("[^\0-\x7f]")


def charset_of(content_type: str) -> str | None:
    """The encoding in the header Content-Type, by Python's name; None if there is none that we know."""
    found = _IN_HEADER.search(content_type[:500])
    return _known(found[1]) if found else None


def decoded_page(content: bytes, charset: str | None) -> str:
    """The text of an HTML page. Bytes outside its encoding become U+FFFD.

    Args:
        charset: from ``charset_of``.
    """
    return _decoded(content, charset, _DECLARED)


def decoded_list(content: bytes, charset: str | None) -> str:
    """The text of an XML document, in the same way."""
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
    """An encoding that pages use, but never one that can hide a tag, such as UTF-7."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return _WINDOWS if found in _AS_WINDOWS else found if _KNOWN.fullmatch(found) else None
