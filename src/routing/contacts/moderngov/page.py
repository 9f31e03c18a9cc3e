"""The minimum that the parsers need of a page: its text in order, and where each element begins and ends.

Takes linear time for any page: it reads each character a limited number of times. No library does that. lexbor takes
375 MB for 16 kB of ``<font>``, and quadratic time for nesting and attributes. ``html.parser`` before Python 3.11.14
takes quadratic time for unclosed comments. We find tags as the HTML standard says, but only repair bad nesting for
tags that authors may leave out.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

KEPT = 4_000
"""Most characters of a text between two tags. ``html.unescape`` fails on a number of 4,300 digits."""

LONGEST_ATTRIBUTE = 2_000
"""We ignore longer ones. Real ones that we read have less than 200 characters."""

ATTRIBUTES = frozenset({"id", "class", "href", "hidden", "data-cfemail"})

_BLOCKS = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer h1 h2 h3 h4 h5 h6 head header hgroup hr li main menu nav ol p pre section summary table tbody td tfoot th
    thead tr ul
"""
BLOCKS = frozenset(_BLOCKS.split())
BLOCK = "<any>"
"""A name for all of them, which no tag has."""

CELLS = ("table", "td", "th", "caption")
_EMPTY = "area base br col embed frame hr img input link meta param source track wbr"
EMPTY = frozenset(_EMPTY.split())
_UNREAD = "del iframe math noembed noframes plaintext s script strike style svg template textarea title xmp"
UNREAD = frozenset(_UNREAD.split())
"""Their content is not text of the page."""

_IGNORED = frozenset({"form", "html"})
"""A form does not close its elements, and often starts and ends across a table."""

_CLOSED_BY = {
    "li": (("li",), ("ul", "ol", "menu", *CELLS)),
    "dt": (("dt", "dd"), ("dl", *CELLS)),
    "dd": (("dt", "dd"), ("dl", *CELLS)),
    "td": (("td", "th"), ("table", "tr")),
    "th": (("td", "th"), ("table", "tr")),
    "tr": (("tr",), ("table",)),
    "thead": (("tr", "tbody", "thead", "tfoot"), ("table",)),
    "tbody": (("tr", "tbody", "thead", "tfoot"), ("table",)),
    "tfoot": (("tr", "tbody", "thead", "tfoot"), ("table",)),
    "option": (("option",), ("select",)),
}
"""Tag → the open tags that it closes, and the tags that must contain them."""

PARTS_OF_TABLES = ("caption", "tbody", "td", "tfoot", "th", "thead", "tr")
_ENDS_WITHIN = {
    "table": (),
    **dict.fromkeys(PARTS_OF_TABLES, ("table",)),
    "li": ("ul", "ol", "menu", *CELLS),
}
_MARKUP = re.compile(r"<(?:!--|[!?/]|(?=[a-zA-Z]))")
_END_OF_COMMENT = re.compile("--!?>")
_NAME = re.compile(r"[^\t\n\f\r />]+")
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)"""
    r"""(?:[\t\n\f\r ]*=[\t\n\f\r ]*("[^"]*"?|'[^']*'?|[^\t\n\f\r >]*))?"""
)
_END_OF = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in UNREAD}
_SPACE = re.compile(r"\s+")
LINE_LABEL = "<label>"
"""A made-up tag for an element with words and a colon at the start of a line."""

_AT_BEGIN = re.compile(r"\s*[^\W\d_][^:@?]{0,59}:(?!//)")


@dataclass(slots=True)
class Element:
    """One element.

    Attributes:
        tag: its name, or ``LINE_LABEL``.
        parent: its number; -1 for none.
        first, last: its text is ``pieces[first:last]`` of the page.
        number, after: its own number, and that of the first element that begins when it has ended.
    """

    tag: str
    attributes: dict[str, str]
    parent: int
    first: int
    last: int
    number: int
    after: int

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()


@dataclass(slots=True)
class Page:
    """Pieces of text in order, None for the end of a line; elements in the order in which they begin.

    Attributes:
        left_open: numbers of the elements that nothing ended.
    """

    pieces: list[str | None] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    left_open: frozenset[int] = frozenset()

    def lines(self, first: int, last: int) -> list[str]:
        """The text of some pieces, line by line, up to ``KEPT`` characters."""
        lines, length = [""], 0
        for number in range(first, last):
            piece = self.pieces[number]
            length += len(piece or " ")
            if piece is None:
                lines.append("")
            else:
                lines[-1] += piece
            if length > KEPT:
                break
        return lines

    def text(self, element: Element, before: int) -> str:
        """The text of an element on one line, up to a piece."""
        return " ".join(self.lines(element.first, min(element.last, before)))

    def inside(self, element: Element) -> list[Element]:
        """The elements that begin in an element, in order."""
        return self.elements[element.number + 1 : element.after]


def read_page(markup: str) -> Page:
    """Read any HTML."""
    reader = _Reader(Page())
    at = 0
    while found := _MARKUP.search(markup, at):
        reader.add_text(markup[at : found.start()])
        at = reader.read_markup(markup, found)
    reader.add_text(markup[at:])
    reader.page.left_open = frozenset(each.number for each in reader.open)
    reader.close(0)
    return reader.page


def unprotected(code: str) -> str:
    """The address that Cloudflare hid from robots: in hexadecimal, all bytes but the first combined with it."""
    try:
        key, *hidden = bytes.fromhex(code)
    except ValueError:
        return ""
    return bytes(each ^ key for each in hidden).decode(errors="replace")


@dataclass(slots=True)
class _Reader:
    page: Page
    open: list[Element] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)
    """Tag → positions of its open elements among all open ones; ``BLOCK`` for all blocks."""
    is_line_empty: bool = True

    def read_markup(self, markup: str, found: re.Match[str]) -> int:
        """Process a tag or a comment; returns where the text continues."""
        at = found.end()
        if found[0] == "<!--":
            end = _END_OF_COMMENT.search(markup, at - 2)
            return end.end() if end else len(markup)
        if found[0] == "<":
            return self._start(markup, at)
        if found[0] == "</" and markup[at : at + 1].isalpha() and markup[at].isascii():
            name, _, end_at = _tag(markup, at)
            self._end(name)
            return end_at
        return _to_next(">", markup, at) + 1

    def add_text(self, raw: str) -> None:
        folded = _SPACE.sub(" ", raw)
        piece = html.unescape(folded[:KEPT])
        if len(folded) > KEPT:
            piece = piece.ljust(KEPT + 1, "…")
        if self.is_line_empty and (label := _AT_BEGIN.match(piece)):
            self._add_label(label[0])
            piece = piece[label.end() :]
        if piece:
            self.page.pieces.append(piece)
            self.is_line_empty = self.is_line_empty and piece.isspace()

    def _add_label(self, text: str) -> None:
        parent = self.open[-1].number if self.open else -1
        pieces, number = len(self.page.pieces), len(self.page.elements)
        self.page.elements.append(Element(LINE_LABEL, {}, parent, pieces, pieces + 1, number, number + 1))
        self.page.pieces.append(text)
        self.is_line_empty = False

    def _end_line(self) -> None:
        self.page.pieces.append(None)
        self.is_line_empty = True

    def close(self, place: int) -> None:
        """End the open elements from this position on."""
        while len(self.open) > place:
            element = self.open.pop()
            element.last, element.after = len(self.page.pieces), len(self.page.elements)
            self.places[element.tag].pop()
            if element.tag in BLOCKS:
                self.places[BLOCK].pop()
                self._end_line()

    def _start(self, markup: str, at: int) -> int:
        name, attributes, at = _tag(markup, at)
        if name in UNREAD:
            return at if markup[at - 2 : at] == "/>" and name in {"svg", "math"} else _to_end_of(name, markup, at)
        if name in PARTS_OF_TABLES and not self.places.get("table"):
            return at
        self._close_before(name)
        if name in BLOCKS or name == "br":
            self._end_line()
        if name in EMPTY or name in _IGNORED:
            return at
        parent = self.open[-1].number if self.open else -1
        pieces, number = len(self.page.pieces), len(self.page.elements)
        self.page.elements.append(Element(name, attributes, parent, pieces, pieces, number, number + 1))
        for kind in (name, BLOCK) if name in BLOCKS else (name,):
            self.places.setdefault(kind, []).append(len(self.open))
        self.open.append(self.page.elements[-1])
        if "data-cfemail" in attributes:
            self.add_text(html.escape(unprotected(attributes["data-cfemail"])))
            return _to_next("<", markup, at)
        return at

    def _close_before(self, name: str) -> None:
        closed, within = _CLOSED_BY.get(name, ((), ()))
        if name == "a":  # links are not nested
            closed, within = ("a",), (BLOCK,)
        elif name in BLOCKS:
            self._close_one(("p",), CELLS)
        for each in closed:
            self._close_one((each,), within)

    def _end(self, name: str) -> None:
        if name not in _IGNORED and name != "body":  # the text after it belongs to it
            within = _ENDS_WITHIN.get(name, CELLS if name in BLOCKS else (BLOCK,))
            self._close_one((name,), within)

    def _close_one(self, names: Iterable[str], within: Iterable[str]) -> None:
        place = self._last_place(names)
        if place > self._last_place(within):
            self.close(place)

    def _last_place(self, names: Iterable[str]) -> int:
        return max((places[-1] for name in names if (places := self.places.get(name))), default=-1)


def _tag(markup: str, at: int) -> tuple[str, dict[str, str], int]:
    """The name of a tag, the attributes that we read, and where it ends."""
    name = _NAME.match(markup, at)
    assert name is not None
    at = name.end()
    attributes: dict[str, str] = {}
    while attribute := _ATTRIBUTE.match(markup, at):
        at = attribute.end()
        key, start, end = attribute[1].lower(), *attribute.span(2)
        if key in ATTRIBUTES and key not in attributes and end - start <= LONGEST_ATTRIBUTE:
            value = markup[start:end] if start >= 0 else ""
            attributes[key] = html.unescape(value.strip(value[0]) if value[:1] in {'"', "'"} else value)
    return name[0].lower(), attributes, _to_next(">", markup, at) + 1


def _to_next(mark: str, markup: str, at: int) -> int:
    return found if (found := markup.find(mark, at)) >= 0 else len(markup)


def _to_end_of(name: str, markup: str, at: int) -> int:
    end = _END_OF[name].search(markup, at)
    return end.start() if end else len(markup)
